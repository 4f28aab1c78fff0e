#include "level.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "caps.hpp"
#include "customerhealth/common/any_nan.hpp"
#include "customerhealth/common/number.hpp"
#include "customerhealth/common/wide.hpp"
#include "customerhealth/scores/hysteresis.hpp"
#include "customerhealth/scores/values.hpp"
#include "exact_rows.hpp"
#include "measure.hpp"
#include "weight_sums.hpp"

namespace customerhealth::scores {
namespace {

/// Whether something can leave the scale and has to be brought back.
bool has_clamp(const model::ScoreSpec& score) noexcept {
  return score.combine == model::Combine::sum || !score.caps.empty() || score.round.has_value();
}

// NaN is neither below nor above.
CUSTOMERHEALTH_WIDE void keep_least(std::span<const double> points, std::span<double> least) noexcept {
  double* const kept = least.data();
  for (std::size_t row = 0; row < points.size(); ++row) kept[row] = points[row] < kept[row] ? points[row] : kept[row];
}
CUSTOMERHEALTH_WIDE void keep_greatest(std::span<const double> points, std::span<double> greatest) noexcept {
  double* const kept = greatest.data();
  for (std::size_t row = 0; row < points.size(); ++row) kept[row] = points[row] > kept[row] ? points[row] : kept[row];
}

/// The share of a measure with that weight in the weights covered, where it has points.
CUSTOMERHEALTH_WIDE void shares_of_mean(double weight, std::span<const double> points, const double* covered,
                                        std::span<double> out) noexcept {
  const bool counts = weight > 0;
  for (std::size_t row = 0; row < points.size(); ++row) {
    const double share = weight / covered[row];
    out[row] = counts & !std::isnan(points[row]) ? share : 0.0;
  }
}

/// What it adds, missing where the score is. Dividing last keeps 75 * 1/3 at 25.
CUSTOMERHEALTH_WIDE void added_to_mean(double weight, std::span<const double> points, const double* covered,
                                       const double* shares, const double* scores, std::span<double> out) noexcept {
  for (std::size_t row = 0; row < points.size(); ++row) {
    const double full = points[row] * weight / covered[row];
    const double added = shares[row] > 0 ? full : 0.0;
    out[row] = std::isnan(scores[row]) ? kNan : added;
  }
}

/// One score over one block. Everything is kept column by column: the loops run over the rows of one measure.
class Pass {
 public:
  Pass(const model::BoundScore& score, const Frame& frame, const ScoreOutput& out, std::span<const PartRecord> record,
       const Given* given)
      : score_{score},
        spec_{*score.spec},
        frame_{frame},
        rows_{frame.rows},
        out_{out},
        record_{record},
        given_{given},
        weights_{spec_, frame.rows} {}

  void run() {
    begin();
    for (std::size_t m = 0; m < spec_.measures.size(); ++m) add_measure(m);
    weights_.settle();
    settle_reasons();
    settle_totals();
    if (!record_.empty()) record_measures();
    next_part_ = spec_.measures.size();
    clamp_sum();
    for (std::size_t c = 0; c < spec_.caps.size(); ++c) apply_cap(c);
    if (spec_.round) round();
    clamp();
    if (!out_.grades.empty()) grade();
    if (!record_.empty()) record_reasons();
  }

 private:
  // ---- measures

  void begin() {
    const double start = spec_.combine == model::Combine::lowest    ? kInfinity
                         : spec_.combine == model::Combine::highest ? -kInfinity
                                                                    : 0.0;
    std::fill(out_.score.begin(), out_.score.end(), start);
    if (adds()) points_sum_.reset(rows_);
    if (spec_.combine == model::Combine::mean) {
      least_.assign(rows_, kInfinity);
      greatest_.assign(rows_, -kInfinity);
    }
    std::fill(out_.reasons.begin(), out_.reasons.end(), Reason::none);
    if (has_set()) can_be_set_.assign(rows_, 0);
    if (record_.empty() && given_ == nullptr) {
      points_.resize(rows_);
      reasons_.resize(rows_);
    }
  }

  [[nodiscard]] MeasureRows rows_of_measure(std::size_t m) {
    if (record_.empty()) return {{}, points_, reasons_};
    const PartRecord& record = record_[m];
    return {record.value, record.points, record.reasons, record.cases, record.choices};
  }

  void add_measure(std::size_t m) {
    const model::Measure& measure = spec_.measures[m];
    const bool counts = measure.weight > 0;  // else it is only shown
    if (!counts && record_.empty()) return;
    const MeasureRows rows = given_ != nullptr ? given_->measures[m].rows : rows_of_measure(m);
    const bool missing =
        given_ != nullptr ? given_->measures[m].missing : measure_rows(score_.measures[m], frame_, rows);
    if (!counts) return;
    if (missing && answers(measure.missing, model::MissingPolicy::Kind::fail)) note_failures(measure, rows);
    weights_.add(measure.whole, rows, missing);
    add_points(measure.whole, rows.points);
  }

  void note_failures(const model::Measure& measure, const MeasureRows& rows) noexcept {
    for (std::size_t row = 0; row < rows_; ++row) {
      const Reason reason = rows.reasons[row];
      if (reason == Reason::none || out_.reasons[row] != Reason::none) continue;
      const auto& answer = measure.missing.answers[static_cast<std::size_t>(reason)];
      if (answer.kind == model::MissingPolicy::Kind::fail) out_.reasons[row] = reason;
    }
  }

  [[nodiscard]] bool has_set() const noexcept {
    return std::ranges::any_of(spec_.caps, [](const model::Cap& cap) { return cap.kind == model::Cap::Kind::set; });
  }
  [[nodiscard]] bool adds() const noexcept {
    return spec_.combine == model::Combine::mean || spec_.combine == model::Combine::sum;
  }

  void add_points(double weight, std::span<const double> points) {
    switch (spec_.combine) {
      case model::Combine::mean:
        points_sum_.add(weight, points);
        keep_least(points, least_);
        keep_greatest(points, greatest_);
        break;
      case model::Combine::sum:
        points_sum_.add(weight, points);
        break;
      case model::Combine::lowest:
        keep_least(points, out_.score);
        break;
      case model::Combine::highest:
        keep_greatest(points, out_.score);
        break;
    }
  }

  // ---- from measures to a score

  void settle_reasons() {
    if (score_.include) leave_out();
    constexpr double kAll = 1.0;
    if (weights_.is_one() && !score_.include && weights_.one() > 0 && kAll >= spec_.least_coverage) {
      std::ranges::fill(out_.coverage, kAll);
      return;
    }
    for (std::size_t row = 0; row < rows_; ++row) {
      const double covered = weights_.covered()[row], applying = weights_.applying()[row];
      const bool applies = applying > 0;
      const double coverage = applies ? covered / applying : kNan;
      out_.coverage[row] = coverage;
      Reason& reason = out_.reasons[row];
      if (reason == Reason::none) {
        if (!applies) {
          reason = Reason::not_applicable;
        } else if (!(covered > 0) || coverage < spec_.least_coverage) {
          reason = Reason::coverage;
        }
      }
      if (!can_be_set_.empty()) can_be_set_[row] = reason != Reason::none && applies ? 1 : 0;
    }
  }

  void leave_out() {
    std::vector<Truth> buffer;
    const Column column = score_.include->evaluate(frame_.columns, rows_);
    const std::span<const Truth> include = truths_of(column.view(), buffer);
    for (std::size_t row = 0; row < rows_; ++row) {
      if (include[row] == Truth::yes) continue;
      out_.reasons[row] = Reason::not_applicable;
      weights_.leave_out(row);
    }
  }

  void settle_totals() {
    if (adds()) points_sum_.round_to(out_.score);
    if (spec_.combine == model::Combine::mean) divide();
    if (spec_.combine == model::Combine::sum) {
      for (double& score : out_.score) score /= spec_.weight_unit;
    }
    has_scores_ = !any_reason() && !any_not_finite(out_.score);
    if (has_scores_) return;
    for (std::size_t row = 0; row < rows_; ++row) {
      double& score = out_.score[row];
      if (out_.reasons[row] == Reason::none && !std::isfinite(score))
        out_.reasons[row] = Reason::undefined;  // overflow
      if (out_.reasons[row] != Reason::none) score = kNan;
    }
  }

  /// A mean lies between its least and its greatest part, though its products are rounded.
  void divide() noexcept {
    double* const scores = out_.score.data();
    const double *const covered = weights_.covered().data(), *const least = least_.data(),
                        *const greatest = greatest_.data();
    for (std::size_t row = 0; row < rows_; ++row) {
      double mean = scores[row] / covered[row];
      mean = mean < least[row] ? least[row] : mean;
      scores[row] = mean > greatest[row] ? greatest[row] : mean;
    }
  }

  [[nodiscard]] bool any_reason() const noexcept {
    unsigned any = 0;  // no way out of the loop: it looks at sixteen rows at a time
    for (const Reason reason : out_.reasons) any |= static_cast<unsigned>(reason);
    return any != static_cast<unsigned>(Reason::none);
  }

  /// Shares and contributions, from the totals before anything clamps or caps them.
  void record_measures() {
    std::vector<std::uint8_t> chosen(rows_, 0);  // lowest, highest: the one already found
    for (std::size_t m = 0; m < spec_.measures.size(); ++m) {
      if (spec_.combine == model::Combine::mean)
        record_of_mean(spec_.measures[m].whole, record_[m]);
      else
        record_of_others(spec_.measures[m], record_[m], chosen);
    }
  }

  /// One loop a column: each takes two rows at a time.
  void record_of_mean(double weight, const PartRecord& out) const noexcept {
    const double* const scores = out_.score.data();
    const double* const covered = weights_.covered().data();
    const double all = weights_.one();
    if (weight > 0 && weights_.is_one() && has_scores_ && weight / all > 0) {
      std::ranges::fill(out.weight, weight / all);
      std::ranges::fill(out.share, weight / all);
      for (std::size_t row = 0; row < rows_; ++row) out.contribution[row] = out.points[row] * weight / all;
      return;
    }
    shares_of_mean(weight, out.points, covered, out.weight);
    for (std::size_t row = 0; row < out.share.size(); ++row)
      out.share[row] = std::isnan(scores[row]) ? kNan : out.weight[row];
    added_to_mean(weight, out.points, covered, out.weight.data(), scores, out.contribution);
  }

  void record_of_others(const model::Measure& measure, const PartRecord& out,
                        std::span<std::uint8_t> chosen) const noexcept {
    for (std::size_t row = 0; row < rows_; ++row) {
      const double score = out_.score[row], p = out.points[row];
      const double share = share_of(measure.weight, p, row, chosen);
      out.weight[row] = measure.weight;
      if (!out.share.empty()) out.share[row] = share;
      const double added = spec_.combine == model::Combine::sum ? p * measure.whole / spec_.weight_unit : p;
      out.contribution[row] = std::isnan(score) ? kNan : share > 0 ? added : 0.0;
    }
  }

  [[nodiscard]] double share_of(double weight, double points, std::size_t row,
                                std::span<std::uint8_t> chosen) const noexcept {
    if (std::isnan(out_.score[row])) return kNan;
    if (!(weight > 0) || std::isnan(points)) return 0;
    if (spec_.combine == model::Combine::sum) return weight;
    if (chosen[row] != 0 || points != out_.score[row]) return 0;
    chosen[row] = 1;
    return 1;
  }

  // ---- from the score to its final value; every step writes down what it changed

  /// Takes the next part's contribution, all 0 (or missing with the score).
  [[nodiscard]] std::size_t begin_part() noexcept {
    if (!record_.empty()) {
      const PartRecord& part = record_[next_part_];
      for (const std::span<double> column : {part.value, part.points, part.weight, part.share})
        std::ranges::fill(column, kNan);
      for (std::size_t row = 0; row < rows_; ++row) part.contribution[row] = std::isnan(out_.score[row]) ? kNan : 0.0;
      std::ranges::fill(part.reasons, Reason::none);
    }
    return next_part_++;
  }

  void apply_cap(std::size_t c) {
    const std::size_t part = begin_part();
    if (given_ != nullptr && given_->without_cap == static_cast<std::int32_t>(c)) return;
    const std::vector<double> limits = cap_limits(score_.caps[c], frame_);
    for (std::size_t row = 0; row < rows_; ++row) {
      if (std::isnan(limits[row])) continue;
      const bool is_set = spec_.caps[c].kind == model::Cap::Kind::set;
      if (is_set && std::isnan(out_.score[row]) && can_be_set_[row] != 0)
        give(part, row, limits[row]);
      else
        change(part, row, capped(spec_.caps[c].kind, out_.score[row], limits[row]));
      if (!record_.empty()) record_[part].value[row] = limits[row];
    }
  }

  /// A cap that is the whole of a score: nothing else adds to it.
  void give(std::size_t part, std::size_t row, double limit) noexcept {
    out_.score[row] = limit;
    out_.reasons[row] = Reason::none;
    if (record_.empty()) return;
    for (std::size_t before = 0; before < part; ++before) {
      if (!record_[before].share.empty() && before < spec_.measures.size()) record_[before].share[row] = 0;
      record_[before].contribution[row] = 0;
    }
    record_[part].contribution[row] = limit;
    if (!record_[part].gives.empty()) record_[part].gives[row] = 1;
  }

  void round() noexcept {
    const std::size_t part = begin_part();
    for (std::size_t row = 0; row < rows_; ++row) {
      change(part, row, rounded(out_.score[row], *spec_.round));
    }
  }

  /// The total of a sum, before caps; its part is the one that `clamp` shows.
  void clamp_sum() {
    if (spec_.combine != model::Combine::sum) return;
    if (!record_.empty()) sum_clamped_.assign(rows_, 0.0);
    for (std::size_t row = 0; row < rows_; ++row) {
      const double before = out_.score[row];
      out_.score[row] = clamped(before, spec_.scale);
      if (!record_.empty() && !std::isnan(before)) sum_clamped_[row] = out_.score[row] - before;
    }
  }

  void clamp() noexcept {
    const bool is_part = has_clamp(spec_);
    const std::size_t part = is_part ? begin_part() : 0;
    for (std::size_t row = 0; row < rows_; ++row) {
      const double score = clamped(out_.score[row], spec_.scale) + 0.0;  // -0.0 becomes 0.0
      if (is_part) {
        change(part, row, score);
      } else {
        out_.score[row] = score;
      }
    }
    if (sum_clamped_.empty()) return;
    const std::span<double> contribution = record_[part].contribution;
    for (std::size_t row = 0; row < rows_; ++row) contribution[row] += sum_clamped_[row];
  }

  /// A missing score stays missing.
  void change(std::size_t part, std::size_t row, double to) noexcept {
    double& score = out_.score[row];
    if (std::isnan(score)) return;
    if (!record_.empty()) record_[part].contribution[row] = to - score;
    score = to;
  }

  void grade() {
    std::vector<std::int32_t> passed(rows_);
    count_passed(out_.score, grade_edges(spec_), passed);
    for (std::size_t row = 0; row < rows_; ++row) {
      out_.grades[row] = std::isnan(out_.score[row]) ? model::GradeIndex{} : model::GradeIndex{passed[row]};
    }
  }

  void record_reasons() noexcept {
    if (has_scores_) return;
    const Reason* const of_score = out_.reasons.data();
    for (const PartRecord& part : record_) {
      Reason* const reasons = part.reasons.data();
      for (std::size_t row = 0; row < rows_; ++row)
        reasons[row] = reasons[row] == Reason::none ? of_score[row] : reasons[row];
    }
  }

  const model::BoundScore& score_;
  const model::ScoreSpec& spec_;
  const Frame& frame_;
  std::size_t rows_;
  const ScoreOutput& out_;
  std::span<const PartRecord> record_;  // by part; empty: nobody wants to know
  const Given* given_;
  std::size_t next_part_ = 0;
  std::vector<double> points_;            // of the measure at hand, where nothing is recorded
  std::vector<Reason> reasons_;           // likewise
  ExactRows points_sum_;                  // of weighted points
  std::vector<double> least_, greatest_;  // of a mean's points
  WeightSums weights_;
  bool has_scores_ = false;
  std::vector<double> sum_clamped_;
  std::vector<std::uint8_t> can_be_set_;  // where a `set` cap gives a missing score its value; empty: there is none
};

}  // namespace

std::vector<LevelPart> level_parts(const model::ScoreSpec& score) {
  std::vector<LevelPart> parts;
  for (std::size_t m = 0; m < score.measures.size(); ++m) {
    parts.push_back({LevelPart::Kind::measure, static_cast<std::int32_t>(m)});
  }
  for (std::size_t c = 0; c < score.caps.size(); ++c) {
    parts.push_back({LevelPart::Kind::cap, static_cast<std::int32_t>(c)});
  }
  if (score.round) parts.push_back({LevelPart::Kind::round, 0});
  if (has_clamp(score)) parts.push_back({LevelPart::Kind::clamp, 0});
  return parts;
}

void score_rows(const model::BoundScore& score, const Frame& frame, const ScoreOutput& out) {
  score_level(score, frame, out, {});
}

void score_level(const model::BoundScore& score, const Frame& frame, const ScoreOutput& out,
                 std::span<const PartRecord> record) {
  assert(out.score.size() == frame.rows && out.reasons.size() == frame.rows && out.coverage.size() == frame.rows);
  if (frame.rows == 0) return;
  Pass{score, frame, out, record, nullptr}.run();
}

void rescore_rows(const model::BoundScore& score, const Frame& frame, const Given& given, const ScoreOutput& out) {
  assert(given.measures.size() == score.measures.size());
  if (frame.rows == 0) return;
  Pass{score, frame, out, {}, &given}.run();
}

}  // namespace customerhealth::scores
