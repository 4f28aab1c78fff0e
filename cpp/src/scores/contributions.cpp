#include "customerhealth/scores/contributions.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <memory>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/scores/measure.hpp"

namespace customerhealth {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kMostParts = 100'000;  // each level may name a score twice: 20 levels would be a million parts

/// So few rows that the columns of a level stay in cache, and their memory comes from the heap and not, page by page,
/// from the kernel: 2.5 times as fast for 30 parts as blocks of 4,096.
constexpr std::size_t kSliceRows = 256;

/// The score itself, which contributions need and do not show.
struct Scored {
  explicit Scored(std::size_t rows) : score(rows), coverage(rows), reasons(rows) {}
  [[nodiscard]] ScoreOutput output() { return {score, reasons, {}, coverage}; }
  std::vector<double> score, coverage;
  std::vector<Reason> reasons;
};

/// One level's parts, with memory of their own.
struct OwnedLevel {
  explicit OwnedLevel(std::size_t size) : size_{size} {}
  [[nodiscard]] LevelRecord record() { return {part(0), part(1), part(2), part(3), part(4), {reasons_.get(), size_}}; }

 private:
  [[nodiscard]] std::span<double> part(std::size_t i) const noexcept { return {numbers_.get() + i * size_, size_}; }

  std::size_t size_;
  // Not initialised: every cell is written.
  std::unique_ptr<double[]> numbers_ = std::make_unique_for_overwrite<double[]>(5 * size_);
  std::unique_ptr<Reason[]> reasons_ = std::make_unique_for_overwrite<Reason[]>(size_);
};

bool same(const Scale& a, const Scale& b) noexcept { return a.low == b.low && a.high == b.high; }

/// What one point of the nested score is in points of the outer one.
double ratio(const Scale& from, const Scale& to) noexcept {
  return same(from, to) ? 1.0 : (to.high - to.low) / (from.high - from.low);
}

bool has_offset(const Measure& measure, const Scale& from, const Scale& to) noexcept {
  return answers(measure.missing, MissingPolicy::Kind::points) ||
         (!same(from, to) && to.low - from.low * ratio(from, to) != 0);
}

/// A part that nothing reaches adds 0, even where its own level is missing.
double scaled(double factor, double value) noexcept { return factor == 0 ? 0.0 : factor * value; }

void scale(std::span<const double> factors, std::span<const double> values, std::span<double> out) noexcept {
  for (std::size_t row = 0; row < out.size(); ++row) out[row] = scaled(factors[row], values[row]);
}

Reason first(Reason own, Reason above) noexcept { return own == Reason::none ? above : own; }

Part part_of(const ScoreSpec& score, const LevelPart& part, const std::string& prefix) {
  const auto index = static_cast<std::size_t>(part.index);
  switch (part.kind) {
    case LevelPart::Kind::measure:
      return {prefix + score.measures[index].name, Part::Kind::measure};
    case LevelPart::Kind::cap:
      return {prefix + "cap:" + score.caps[index].name, Part::Kind::cap};
    case LevelPart::Kind::round:
      return {prefix + "round", Part::Kind::round};
    case LevelPart::Kind::clamp:
      break;
  }
  return {prefix + "clamp", Part::Kind::clamp};
}

const std::int32_t* nested_score(const Measure& measure) noexcept { return std::get_if<std::int32_t>(&measure.source); }

}  // namespace

/// What a level's numbers are multiplied by on their way to the top, and why what is above is missing.
struct Contributions::Factors {
  explicit Factors(std::size_t rows) : contribution(rows, 1.0), weight(rows, 1.0), reasons(rows, Reason::none) {}
  std::vector<double> contribution, weight;
  std::vector<Reason> reasons;
};

/// Where the next part of a slice of rows goes.
struct Contributions::Target {
  const ContributionColumns& out;
  std::size_t begin, next;  // the slice's first row, the next part
  /// The cell of its first row.
  [[nodiscard]] std::size_t take() noexcept { return out.rows * next++ + begin; }
};

Contributions::Contributions(const BoundModel& model, std::int32_t score, Depth depth)
    : model_{&model}, score_{score}, depth_{depth} {
  list(score, "");
}

bool Contributions::expands(const Measure& measure) const noexcept {
  return depth_ == Depth::deep && nested_score(measure) != nullptr;
}

void Contributions::list(std::int32_t score, const std::string& prefix) {
  const ScoreSpec& spec = model_->model->scores[static_cast<std::size_t>(score)];
  for (const LevelPart& part : level_parts(spec)) {
    const bool is_measure = part.kind == LevelPart::Kind::measure;
    const Measure* measure = is_measure ? &spec.measures[static_cast<std::size_t>(part.index)] : nullptr;
    if (measure == nullptr || !expands(*measure)) {
      parts_.push_back(part_of(spec, part, prefix));
    } else {
      const std::int32_t nested = *nested_score(*measure);
      const std::string inner = prefix + measure->name + ".";
      list(nested, inner);
      const Scale& scale = model_->model->scores[static_cast<std::size_t>(nested)].scale;
      if (has_offset(*measure, scale, spec.scale)) parts_.push_back({inner + "offset", Part::Kind::offset});
    }
    if (parts_.size() > kMostParts) {
      throw Error{"scores." + model_->model->scores[static_cast<std::size_t>(score_)].name +
                  ": more than 100,000 parts when its nested scores are taken apart; ask for one level"};
    }
  }
}

void Contributions::fill(const Frame& frame, const ContributionColumns& out, std::size_t begin) const {
  assert(out.contribution.size() == parts_.size() * out.rows && begin + frame.rows <= out.rows);
  for (std::size_t done = 0; done < frame.rows; done += kSliceRows) {
    const std::size_t count = std::min(kSliceRows, frame.rows - done);
    Target target{out, begin + done, 0};
    fill_level(score_, slice(frame, done, count), Factors{count}, target);
    assert(target.next == parts_.size());
  }
}

void Contributions::fill_level(std::int32_t score, const Frame& frame, const Factors& factors, Target& target) const {
  const ContributionColumns& out = target.out;
  const ScoreSpec& spec = model_->model->scores[static_cast<std::size_t>(score)];
  const std::vector<LevelPart> parts = level_parts(spec);
  const std::size_t rows = frame.rows;
  OwnedLevel level{parts.size() * rows};
  const LevelRecord record = level.record();
  Scored scored{rows};
  score_level(*model_, score, frame, scored.output(), &record);

  for (std::size_t part = 0; part < parts.size(); ++part) {
    const bool is_measure = parts[part].kind == LevelPart::Kind::measure;
    if (is_measure && expands(spec.measures[part])) {
      fill_nested(spec, *nested_score(spec.measures[part]), frame, factors, record, part, target);
      continue;
    }
    const std::size_t from = part * rows;
    const std::size_t to = target.take();
    std::copy_n(record.value.begin() + from, rows, out.value.begin() + to);
    std::copy_n(record.points.begin() + from, rows, out.points.begin() + to);
    if (is_measure)
      scale(factors.weight, record.weight.subspan(from, rows), out.weight.subspan(to, rows));
    else
      std::fill_n(out.weight.begin() + to, rows, kNan);
    scale(factors.contribution, record.contribution.subspan(from, rows), out.contribution.subspan(to, rows));
    for (std::size_t row = 0; row < rows; ++row) {
      out.reasons[to + row] = first(record.reasons[from + row], factors.reasons[row]);
    }
  }
}

void Contributions::fill_nested(const ScoreSpec& spec, std::int32_t nested, const Frame& frame, const Factors& factors,
                                const LevelRecord& level, std::size_t part, Target& target) const {
  const ContributionColumns& out = target.out;
  const Scale& scale = model_->model->scores[static_cast<std::size_t>(nested)].scale;
  const double step = ratio(scale, spec.scale);
  const std::size_t rows = frame.rows, from = part * rows;
  Factors inner{rows};
  for (std::size_t row = 0; row < rows; ++row) {
    const double share = level.share[from + row];
    // A nested score that is missing reaches nobody, whatever its measures say; where a level above is missing, so is
    // all that is below it.
    const bool reaches = !std::isnan(level.value[from + row]) || std::isnan(share);
    inner.contribution[row] = scaled(factors.contribution[row], reaches ? share * step : 0.0);
    inner.weight[row] = reaches ? scaled(factors.weight[row], level.weight[from + row]) : 0.0;
    inner.reasons[row] = first(level.reasons[from + row], factors.reasons[row]);
  }
  fill_level(nested, frame, inner, target);
  if (!has_offset(spec.measures[part], scale, spec.scale)) return;

  const std::size_t to = target.take();
  for (std::size_t row = 0; row < rows; ++row) {
    const double value = level.value[from + row], share = level.share[from + row];
    const double of_leaves = std::isnan(value) ? 0.0 : share * step * value;
    out.value[to + row] = kNan;
    out.points[to + row] = std::isnan(value) ? level.points[from + row] : kNan;
    out.weight[to + row] = std::isnan(value) ? scaled(factors.weight[row], level.weight[from + row]) : kNan;
    out.contribution[to + row] =
        scaled(factors.contribution[row], share == 0 ? 0.0 : level.contribution[from + row] - of_leaves);
    out.reasons[to + row] = inner.reasons[row];
  }
}

}  // namespace customerhealth
