#include "customerhealth/scores/contributions.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <memory>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/common/number.hpp"
#include "customerhealth/common/wide.hpp"
#include "level.hpp"
#include "measure.hpp"

namespace customerhealth::scores {
namespace {

/// Rows per slice: the columns of a level fit the cache, and are small enough to come from the heap, not as new pages
/// from the kernel. For 30 parts it is 2.5 times as fast as slices of 4,096 rows.
constexpr std::size_t kRowsPerSlice = 256;

/// Memory for the score itself, which is computed but not part of the result.
struct Scored {
  explicit Scored(std::size_t rows) : score(rows), coverage(rows), reasons(rows) {}
  [[nodiscard]] ScoreOutput output() { return {score, reasons, {}, coverage}; }
  std::vector<double> score, coverage;
  std::vector<Reason> reasons;
};

/// Memory for measures with nested scores that are expanded: their numbers are needed for the parts below them, but not
/// part of the result.
class Hidden {
 public:
  Hidden(std::size_t measures, std::size_t rows) : rows_{rows} {
    numbers_ = std::make_unique_for_overwrite<double[]>(5 * measures * rows);
    reasons_ = std::make_unique_for_overwrite<Reason[]>(measures * rows);
  }
  [[nodiscard]] PartRecord take() noexcept {
    double* const numbers = numbers_.get() + 5 * next_ * rows_;
    const auto column = [&](std::size_t i) { return std::span{numbers + i * rows_, rows_}; };
    return {column(0), column(1), column(2), column(3), column(4), {reasons_.get() + next_++ * rows_, rows_}};
  }

 private:
  std::size_t rows_, next_ = 0;
  // Not initialised: every cell is written.
  std::unique_ptr<double[]> numbers_;
  std::unique_ptr<Reason[]> reasons_;
};

/// The points on the outer scale that one point on the nested scale is worth.
double ratio(const model::Scale& from, const model::Scale& to) noexcept {
  return from == to ? 1.0 : (to.high - to.low) / (from.high - from.low);
}

/// Of a measure that has its points from a score.
bool has_offset(const model::BoundMeasure& measure) noexcept {
  const model::Scale &from = measure.nested->spec->scale, &to = measure.score->scale;
  return answers(measure.spec->missing, model::MissingPolicy::Kind::points) ||
         (from != to && to.low - from.low * ratio(from, to) != 0);
}

/// factor * value, but 0 if the factor is 0, even for a missing value: a part whose score does not count adds nothing.
double scaled(double factor, double value) noexcept { return factor == 0 ? 0.0 : factor * value; }

CUSTOMERHEALTH_WIDE void scale_by(std::span<double> values, std::span<const double> factors) noexcept {
  double* const out = values.data();
  const double* const by = factors.data();
  for (std::size_t row = 0; row < values.size(); ++row) out[row] = scaled(by[row], out[row]);
}

Reason first(Reason own, Reason above) noexcept { return own == Reason::none ? above : own; }

/// The slot whose numbers are those of a measure.
std::optional<SlotIndex> value_of(const model::BoundMeasure& measure) noexcept {
  return measure.nested != nullptr ? measure.nested->spec->slot : measure.value->lone_name();
}

Part part_of(const model::BoundScore& score, const LevelPart& part, const std::string& prefix) {
  const auto index = static_cast<std::size_t>(part.index);
  switch (part.kind) {
    case LevelPart::Kind::measure:
      return {prefix + score.spec->measures[index].name, Part::Kind::measure, value_of(score.measures[index])};
    case LevelPart::Kind::cap:
      return {prefix + "cap:" + score.spec->caps[index].name, Part::Kind::cap};
    case LevelPart::Kind::round:
      return {prefix + "round", Part::Kind::round};
    case LevelPart::Kind::clamp:
      break;
  }
  return {prefix + "clamp", Part::Kind::clamp};
}

}  // namespace

/// For each row of a slice: the factors from a level's contributions and weights to those of the top score, and the
/// reason if a score above the level is missing.
struct Contributions::Factors {
  explicit Factors(std::size_t rows) : contribution(rows), weight(rows), reasons(rows) {}
  std::vector<double> contribution, weight;  // empty: 1
  std::vector<Reason> reasons;               // empty: nothing is missing
};

/// Hands out the cells of one part after another for a slice of rows.
struct Contributions::Target {
  const ContributionColumns& out;
  std::size_t begin, rows, next;  // the slice's rows, the part
  [[nodiscard]] PartRecord take() noexcept {
    const auto cells = [at = out.rows * next + begin, this](const auto& all) { return all.subspan(at, rows); };
    const auto place = out.value_places.empty() ? static_cast<std::int32_t>(next) : out.value_places[next];
    const auto value =
        place < 0 ? std::span<double>{} : out.value.subspan(out.rows * static_cast<std::size_t>(place) + begin, rows);
    ++next;
    return {value, cells(out.points), cells(out.weight), {}, cells(out.contribution), cells(out.reasons)};
  }
};

Contributions::Contributions(const model::BoundScore& score, Depth depth) : score_{&score}, depth_{depth} {
  list(score, "");
}

void check_part_count(std::size_t count, const std::string& path, Depth depth) {
  constexpr std::size_t kMost = 100'000;
  if (count <= kMost) return;
  throw Error{path + ": more than 100,000 parts" +
              (depth == Depth::deep ? " when its nested scores are taken apart; ask for one level"
                                    : "; put measures that belong together into scores of their own")};
}

bool Contributions::expands(const model::BoundMeasure& measure) const noexcept {
  return depth_ == Depth::deep && measure.nested != nullptr;
}

void Contributions::list(const model::BoundScore& score, const std::string& prefix) {
  const std::size_t before = parts_.size();
  for (const LevelPart& part : level_parts(*score.spec)) {
    const bool is_measure = part.kind == LevelPart::Kind::measure;
    const auto* const measure = is_measure ? &score.measures[static_cast<std::size_t>(part.index)] : nullptr;
    if (measure == nullptr || !expands(*measure)) {
      parts_.push_back(part_of(score, part, prefix));
    } else {
      const std::string inner = prefix + measure->spec->name + ".";
      list(*measure->nested, inner);
      if (has_offset(*measure)) parts_.push_back({inner + "offset", Part::Kind::offset});
    }
    check_part_count(parts_.size(), "scores." + score_->spec->name, depth_);
  }
  widths_[&score] = parts_.size() - before;
}

void Contributions::fill(const Frame& frame, const ContributionColumns& out, std::size_t begin) const {
  assert(out.contribution.size() == parts_.size() * out.rows && begin + frame.rows <= out.rows);
  for (std::size_t done = 0; done < frame.rows; done += kRowsPerSlice) {
    const std::size_t count = std::min(kRowsPerSlice, frame.rows - done);
    fill_level(*score_, slice(frame, done, count), Factors{0}, {out, begin + done, count, 0});
  }
}

void Contributions::fill_level(const model::BoundScore& score, const Frame& frame, const Factors& factors,
                               Target target) const {
  const std::vector<LevelPart> parts = level_parts(*score.spec);
  const auto nested = [&](std::size_t part) -> const model::BoundMeasure* {
    const bool is_nested = part < score.measures.size() && expands(score.measures[part]);
    return is_nested ? &score.measures[part] : nullptr;
  };
  Hidden hidden{
      static_cast<std::size_t>(std::ranges::count_if(score.measures, [&](const auto& m) { return expands(m); })),
      frame.rows};
  std::vector<PartRecord> record;
  std::vector<Target> inner;  // of each part: the target of the parts below it
  for (std::size_t part = 0; part < parts.size(); ++part) {
    inner.push_back(target);
    const model::BoundMeasure* const measure = nested(part);
    record.push_back(measure == nullptr ? target.take() : hidden.take());
    if (measure != nullptr) target.next += width(*measure);
  }
  Scored scored{frame.rows};
  score_level(score, frame, scored.output(), record);

  for (std::size_t part = 0; part < parts.size(); ++part) {
    if (const model::BoundMeasure* const measure = nested(part)) {
      fill_nested(*measure, frame, factors, record[part], inner[part]);
      continue;
    }
    if (!factors.contribution.empty()) {
      if (parts[part].kind == LevelPart::Kind::measure) scale_by(record[part].weight, factors.weight);
      scale_by(record[part].contribution, factors.contribution);
    }
    const std::span<Reason> reasons = record[part].reasons;
    for (std::size_t row = 0; row < factors.reasons.size(); ++row)
      reasons[row] = first(reasons[row], factors.reasons[row]);
  }
}

void Contributions::fill_nested(const model::BoundMeasure& measure, const Frame& frame, const Factors& factors,
                                const PartRecord& of_measure, Target target) const {
  const double step = ratio(measure.nested->spec->scale, measure.score->scale);
  const bool is_top = factors.contribution.empty();
  const auto factor = [is_top](const std::vector<double>& of, std::size_t row) { return is_top ? 1.0 : of[row]; };
  Factors inner{frame.rows};
  // The parts of a missing nested score add 0; if a level above is missing, so are all parts below it. Each column has
  // a loop of its own without a branch, so that the compiler vectorises it.
  const double *const values = of_measure.value.data(), *const shares = of_measure.share.data();
  for (std::size_t row = 0; row < frame.rows; ++row) {
    const bool reaches = !std::isnan(values[row]) | std::isnan(shares[row]);
    inner.contribution[row] = reaches ? shares[row] * step : 0.0;
  }
  for (std::size_t row = 0; row < frame.rows; ++row) {
    const bool reaches = !std::isnan(values[row]) | std::isnan(shares[row]);
    inner.weight[row] = reaches ? of_measure.weight[row] : 0.0;
  }
  if (!is_top) {
    scale_by(inner.contribution, factors.contribution);
    scale_by(inner.weight, factors.weight);
  }
  unsigned any_reason = 0;
  for (std::size_t row = 0; row < frame.rows; ++row) {
    inner.reasons[row] = of_measure.reasons[row];
    any_reason |= static_cast<unsigned>(inner.reasons[row]);
  }
  for (std::size_t row = 0; row < factors.reasons.size(); ++row) {
    inner.reasons[row] = first(inner.reasons[row], factors.reasons[row]);
    any_reason |= static_cast<unsigned>(inner.reasons[row]);
  }
  if (any_reason == static_cast<unsigned>(Reason::none)) inner.reasons.clear();
  fill_level(*measure.nested, frame, inner, target);
  if (!has_offset(measure)) return;

  target.next += widths_.at(measure.nested);
  const PartRecord out = target.take();
  for (std::size_t row = 0; row < frame.rows; ++row) {
    const double value = of_measure.value[row], share = of_measure.share[row];
    const double of_leaves = std::isnan(value) ? 0.0 : share * step * value;
    out.value[row] = kNan;
    out.points[row] = std::isnan(value) ? of_measure.points[row] : kNan;
    out.weight[row] = std::isnan(value) ? scaled(factor(factors.weight, row), of_measure.weight[row]) : kNan;
    out.contribution[row] =
        scaled(factor(factors.contribution, row), share == 0 ? 0.0 : of_measure.contribution[row] - of_leaves);
    out.reasons[row] = inner.reasons.empty() ? Reason::none : inner.reasons[row];
  }
}

std::size_t Contributions::width(const model::BoundMeasure& measure) const {
  return widths_.at(measure.nested) + (has_offset(measure) ? 1 : 0);
}

}  // namespace customerhealth::scores
