#include "shapes.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>
#include <vector>

#include "customerhealth/common/curve_segment.hpp"
#include "customerhealth/common/math.hpp"
#include "customerhealth/common/number.hpp"
#include "customerhealth/common/wide.hpp"

namespace customerhealth::scores {
namespace {

// ---- bands

/// Sets the points of the values that are `edge` or more. It is a function of its own: within points_of the compiler
/// loads `edge` and `then` again for each value and guards the store with a branch, where a call keeps both in
/// registers.
CUSTOMERHEALTH_WIDE void set_from(std::span<const double> values, double edge, double then,
                                  std::span<double> points) noexcept {
  const double* const given = values.data();
  for (std::size_t row = 0; row < points.size(); ++row) points[row] = given[row] >= edge ? then : points[row];
}

/// Sets the points of the values that are there, and NaN for the others.
CUSTOMERHEALTH_WIDE void set_any(std::span<const double> values, double then, std::span<double> points) noexcept {
  const double* const given = values.data();
  for (std::size_t row = 0; row < points.size(); ++row) points[row] = given[row] == given[row] ? then : kNan;
}

/// Sets the points of the values that are more than `edge`.
CUSTOMERHEALTH_WIDE void set_above(std::span<const double> values, double edge, double then,
                                   std::span<double> points) noexcept {
  const double* const given = values.data();
  for (std::size_t row = 0; row < points.size(); ++row) points[row] = given[row] > edge ? then : points[row];
}

/// Each edge, from the lowest, overwrites the points of all values beyond it: a loop over the rows without a branch. A
/// missing value, NaN, lies beyond no edge and keeps NaN.
void points_of(const model::BandsShape& shape, const MeasureValues& values, const ShapeSurroundings&,
               std::span<double> points) {
  set_any(values.numbers, shape.bands.front().points.value_or(kNan), points);
  for (std::size_t b = 0; b < shape.bands.size(); ++b) {
    if (!shape.bands[b].edge) break;  // the last, which goes on for ever
    const double above = b + 1 < shape.bands.size() ? shape.bands[b + 1].points.value_or(kNan) : kNan;
    if (shape.bands[b].includes_edge)
      set_above(values.numbers, *shape.bands[b].edge, above, points);
    else
      set_from(values.numbers, *shape.bands[b].edge, above, points);
  }
}

Reason reason_of(const model::BandsShape& shape, const MeasureValues& values, std::size_t row) noexcept {
  const double value = values.numbers[row];
  for (const model::Band& band : shape.bands) {
    const bool holds = !band.edge || value < *band.edge || (band.includes_edge && value == *band.edge);
    if (holds) return Reason::not_applicable;
  }
  return Reason::out_of_range;
}

// ---- curve

/// Sets the points of the values that are `from` or more to those of a segment.
CUSTOMERHEALTH_WIDE void set_along(std::span<const double> values, double from, const CurveSegment& segment,
                                   std::span<double> points) noexcept {
  const double* const given = values.data();
  const CurveSegment along = segment;  // nothing that the stores could change
  for (std::size_t row = 0; row < points.size(); ++row) {
    const double between = along(given[row]);
    points[row] = given[row] >= from ? between : points[row];
  }
}

/// As with bands: each segment, from the lowest x, overwrites the points of all values from its first corner on.
void points_of(const model::CurveShape& shape, const MeasureValues& values, const ShapeSurroundings&,
               std::span<double> points) {
  const auto& [first_x, first_points] = shape.points.front();
  const auto& [last_x, last_points] = shape.points.back();
  set_any(values.numbers, first_points, points);
  set_from(values.numbers, first_x, kNan, points);
  for (std::size_t next = 1; next < shape.points.size(); ++next) {
    set_along(values.numbers, shape.points[next - 1].first, {shape.points[next - 1], shape.points[next]}, points);
  }
  set_from(values.numbers, last_x, last_points, points);
}

Reason reason_of(const model::CurveShape&, const MeasureValues&, std::size_t) noexcept { return Reason::undefined; }

// ---- labels

double points_of_label(const model::LabelsShape& shape, std::string_view label) noexcept {
  for (const auto& [name, points] : shape.points) {
    if (name == label) return points;
  }
  return kNan;
}

void points_of_truths(const model::LabelsShape& shape, std::span<const Truth> truths,
                      std::span<double> points) noexcept {
  const double yes = points_of_label(shape, "true"), no = points_of_label(shape, "false");
  for (std::size_t row = 0; row < points.size(); ++row) {
    points[row] = truths[row] == Truth::yes ? yes : truths[row] == Truth::no ? no : kNan;
  }
}

void points_of_texts(const model::LabelsShape& shape, std::span<const TextCode> labels, std::span<const TextCode> texts,
                     std::span<double> points) {
  assert(labels.size() == shape.points.size());
  std::vector<std::pair<TextCode, double>> sorted;
  for (std::size_t i = 0; i < labels.size(); ++i) sorted.emplace_back(labels[i], shape.points[i].second);
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (std::size_t row = 0; row < points.size(); ++row) {
    const auto found = std::lower_bound(sorted.begin(), sorted.end(), texts[row],
                                        [](const auto& label, TextCode code) { return label.first < code; });
    const bool listed = found != sorted.end() && found->first == texts[row] && !texts[row].is_missing();
    points[row] = listed ? found->second : kNan;
  }
}

void points_of(const model::LabelsShape& shape, const MeasureValues& values, const ShapeSurroundings& around,
               std::span<double> points) {
  if (const auto* texts = std::get_if<std::span<const TextCode>>(&values.view)) {
    points_of_texts(shape, around.labels, *texts, points);
  } else if (const auto* truths = std::get_if<std::span<const Truth>>(&values.view)) {
    points_of_truths(shape, *truths, points);
  } else {
    assert(std::holds_alternative<MissingView>(values.view));
    std::fill(points.begin(), points.end(), kNan);
  }
}

Reason reason_of(const model::LabelsShape&, const MeasureValues&, std::size_t) noexcept { return Reason::out_of_range; }

// ---- logistic

void points_of(const model::LogisticShape& shape, const MeasureValues& values, const ShapeSurroundings& around,
               std::span<double> points) {
  for (std::size_t row = 0; row < points.size(); ++row) {
    points[row] = logistic_at(shape, around.scale, values.numbers[row]);
  }
}

// Only a distance from the midpoint that overflows, times a slope of 0.
Reason reason_of(const model::LogisticShape&, const MeasureValues&, std::size_t) noexcept { return Reason::undefined; }

// ---- among peers

/// The scale at `part` of `whole`: the product before the quotient, which keeps 29 of 100 at 29, unless it overflows.
double along(const model::Scale& scale, double part, double whole) noexcept {
  const double width = scale.high - scale.low, product = width * part;
  return scale.low + (std::isfinite(product) ? product / whole : width * (part / whole));
}

/// `of_row(row, value)`: the points of a row that has enough of them.
template <class OfRow>
void points_among(const model::AmongPeers& shape, const MeasureValues& values, const RowPeers* peers,
                  std::span<double> points, const OfRow& of_row) {
  for (std::size_t row = 0; row < points.size(); ++row) {
    const double value = values.numbers[row];
    const bool enough = peers != nullptr && !std::isnan(value) && peers->count(row) >= shape.least;
    points[row] = enough ? of_row(row, value) : kNan;
  }
}

void points_of(const model::PercentileShape& shape, const MeasureValues& values, const ShapeSurroundings& around,
               std::span<double> points) {
  const RowPeers* const peers = around.peers;
  points_among(shape, values, peers, points, [&](std::size_t row, double value) {
    return percentile_at(shape, around.scale, peers->standing(row, value), peers->count(row));
  });
}

Reason reason_of(const model::PercentileShape&, const MeasureValues&, std::size_t) noexcept {
  return Reason::few_peers;
}

void points_of(const model::ZscoreShape& shape, const MeasureValues& values, const ShapeSurroundings& around,
               std::span<double> points) {
  const RowPeers* const peers = around.peers;
  points_among(shape, values, peers, points, [&](std::size_t row, double value) {
    const PeerValues& at = *peers->values(row);
    const std::size_t group = peers->group(row);
    return zscore_at(shape, around.scale, at.mean[group], at.deviation[group], value);
  });
}

// With peers enough: their mean or deviation does not fit a double.
Reason reason_of(const model::ZscoreShape&, const MeasureValues&, std::size_t) noexcept { return Reason::undefined; }

// ---- identity, and what cases may say outright

void points_of(const model::IdentityShape&, const MeasureValues& values, const ShapeSurroundings&,
               std::span<double> points) {
  std::copy(values.numbers.begin(), values.numbers.end(), points.begin());
}
Reason reason_of(const model::IdentityShape&, const MeasureValues&, std::size_t) noexcept { return Reason::undefined; }

void points_of(const model::FixedPoints& shape, const MeasureValues&, const ShapeSurroundings&,
               std::span<double> points) {
  std::fill(points.begin(), points.end(), shape.points);
}
Reason reason_of(const model::FixedPoints&, const MeasureValues&, std::size_t) noexcept { return Reason::undefined; }

void points_of(const model::FixedMissing&, const MeasureValues&, const ShapeSurroundings&, std::span<double> points) {
  std::fill(points.begin(), points.end(), kNan);
}
Reason reason_of(const model::FixedMissing& shape, const MeasureValues&, std::size_t) noexcept { return shape.reason; }

}  // namespace

double logistic_at(const model::LogisticShape& shape, const model::Scale& scale, double value) noexcept {
  return scale.low + (scale.high - scale.low) / (1 + math::exp(-shape.slope * (value - shape.midpoint)));
}

double percentile_at(const model::PercentileShape& shape, const model::Scale& scale, const Standing& standing,
                     std::int64_t count) noexcept {
  const std::int64_t of_equals = shape.rank == model::Rank::mid ? 1 : shape.rank == model::Rank::below ? 0 : 2;
  const std::int64_t worse = shape.descending ? count - standing.below - standing.equal : standing.below;
  const auto halves = static_cast<double>(2 * worse + of_equals * standing.equal);
  return along(scale, halves, 2 * static_cast<double>(count));
}

double zscore_at(const model::ZscoreShape& shape, const model::Scale& scale, double mean, double deviation,
                 double value) noexcept {
  // All are equal; an account that is none of them may still lie apart, but nothing says how far.
  const double z = deviation == 0 ? 0.0 : std::clamp((value - mean) / deviation, -shape.limit, shape.limit);
  const double signed_z = shape.descending ? -z : z;
  return along(scale, signed_z + shape.limit, 2 * shape.limit);
}

void shape_points(const model::Shape& shape, const MeasureValues& values, const ShapeSurroundings& around,
                  std::span<double> points) {
  assert(values.numbers.size() == points.size());
  std::visit([&](const auto& one) { points_of(one, values, around, points); }, shape);
}

Reason shape_reason(const model::Shape& shape, const MeasureValues& values, std::size_t row) noexcept {
  return std::visit([&](const auto& one) { return reason_of(one, values, row); }, shape);
}

}  // namespace customerhealth::scores
