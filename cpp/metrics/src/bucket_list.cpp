#include "bucket_list.hpp"

#include <algorithm>
#include <cmath>

#include "customerhealth/common/exact_sum.hpp"
#include "customerhealth/common/number.hpp"
#include "customerhealth/common/overloaded.hpp"
#include "fixed_point.hpp"

namespace customerhealth::metrics {
namespace {

struct Quotient {
  std::int64_t quotient, rest;
};

/// Rounded down.
Quotient divided(Instant t, std::int64_t every) noexcept {
  const std::int64_t micros = micros_since_epoch(t), rest = micros % every;
  return rest < 0 ? Quotient{micros / every - 1, rest + every} : Quotient{micros / every, rest};
}

/// Calls `take(sum, scale)` with the exact sum of three values or more; where they do not fit a FixedPoint, `take(sum)`
/// with an ExactSum.
template <class Take>
double of_exact_sum(std::span<const double> values, const Take& take) {
  const FixedPoint scale = FixedPoint::under(values);
  Int128 sum = 0;
  bool fits = true;
  for (const double value : values) fits = fits && scale.add(value, sum);
  if (fits) return take(sum, scale);
  ExactSum exact;
  for (const double value : values) exact.add(value);
  return take(exact);
}

double sum_of_bucket(std::span<const double> values) {
  if (values.size() <= 2) {  // one addition rounds once
    double sum = 0;
    for (const double value : values) sum += value;
    return sum;
  }
  return of_exact_sum(values, Overloaded{[](Int128 sum, const FixedPoint& scale) { return scale.value(sum); },
                                         [](const ExactSum& sum) { return sum.value(); }});
}

double mean_of_bucket(std::span<const double> values) {
  const auto count = std::ssize(values);
  if (count == 0) return kNan;
  if (count == 1) return values.front() + 0.0;
  return of_exact_sum(values, Overloaded{[&](Int128 sum, const FixedPoint& scale) { return scale.mean(sum, count); },
                                         [&](const ExactSum& sum) { return sum.mean(count); }});
}

}  // namespace

BucketGrid::Place BucketGrid::place_of(Instant t) const noexcept {
  const auto [quotient, behind] = divided(t, every);
  return behind < rest ? Place{quotient - 1, behind - rest + every} : Place{quotient, behind - rest};
}

std::vector<BucketGrid> bucket_grids(Micros every, std::span<const Instant> edges) {
  std::vector<BucketGrid> grids;
  for (std::size_t k = 0; k < edges.size(); ++k) {
    const auto [number, rest] = divided(edges[k], every.count());
    auto grid = std::ranges::find(grids, rest, &BucketGrid::rest);
    if (grid == grids.end()) grid = grids.insert(grid, BucketGrid{every.count(), rest, {}, {}});
    grid->as_ofs.push_back(static_cast<std::int32_t>(k));
    grid->ends.push_back(number);
  }
  return grids;
}

void BucketList::fill(const AccountEntries& entries, std::size_t first, std::size_t last, const BucketGrid& grid) {
  numbers_.clear();
  values_.clear();
  undefined_before_.assign(1, 0);
  left_out_before_.assign(1, 0);
  const auto rows = entries.rows.subspan(first, last - first);
  const auto times = entries.times.subspan(first, last - first);
  if (aggregation_->spec->aggregation == model::Aggregation::count_distinct) number_values(rows);
  for (std::size_t begin = 0, end = 0; begin < rows.size(); begin = end) {
    const BucketGrid::Place place = grid.place_of(times[begin]);
    const auto left = static_cast<std::uint64_t>(grid.every - place.behind);
    const auto since_begin = [&, from = static_cast<std::uint64_t>(micros_since_epoch(times[begin]))](std::size_t i) {
      return static_cast<std::uint64_t>(micros_since_epoch(times[i])) - from;
    };
    for (end = begin + 1; end < rows.size() && since_begin(end) < left;) ++end;
    add(place.number, rows.subspan(begin, end - begin), begin);
  }
}

void BucketList::number_values(std::span<const std::uint32_t> rows) {
  const auto keys = aggregation_->of->distinct_keys();
  keys_.clear();
  for (const std::uint32_t row : rows) {
    if (aggregation_->of->has(row)) keys_.push_back(keys[row]);
  }
  place_of_.resize(keys_.size());
  places_.number(keys_, place_of_);
  seen_in_.assign(keys_.empty() ? 0 : places_.count(), -1);
  if (keys_.size() == rows.size()) return;
  std::size_t at = place_of_.size();  // spread to the rows, -1 where there is no value
  place_of_.resize(rows.size());
  for (std::size_t i = rows.size(); i-- > 0;) place_of_[i] = aggregation_->of->has(rows[i]) ? place_of_[--at] : -1;
}

void BucketList::add(std::int64_t number, std::span<const std::uint32_t> rows, std::size_t first) {
  numbers_.push_back(number);
  const double value = value_of(rows, first);
  const bool undefined = std::isinf(value);
  undefined_before_.push_back(undefined_before_.back() + (undefined ? 1 : 0));
  values_.push_back(undefined ? kNan : value);
  left_out_before_.push_back(left_out_before_.back() + (std::isnan(values_.back()) ? 1 : 0));
}

/// NaN where the bucket is left out, infinite where its value is undefined.
double BucketList::value_of(std::span<const std::uint32_t> rows, std::size_t first) {
  using A = model::Aggregation;
  const A aggregation = aggregation_->spec->aggregation;
  if (aggregation == A::count) return static_cast<double>(rows.size());
  if (aggregation == A::count_distinct) return distinct(first, rows.size());
  const auto numbers = aggregation_->of->numbers();
  taken_.clear();
  for (const std::uint32_t row : rows) {
    if (!std::isnan(numbers[row])) taken_.push_back(numbers[row]);
  }
  if (aggregation == A::sum) {
    const double sum = sum_of_bucket(taken_);
    return std::isnan(sum) ? kInfinity : sum;
  }
  if (aggregation == A::mean) return mean_of_bucket(taken_);
  if (taken_.empty()) return kNan;
  return aggregation == A::min ? *std::ranges::min_element(taken_) : *std::ranges::max_element(taken_);
}

/// A value is counted in the first of the bucket's rows that has it.
double BucketList::distinct(std::size_t first, std::size_t count) {
  const auto bucket = static_cast<std::int32_t>(numbers_.size());
  std::int32_t different = 0;
  for (std::size_t i = first; i < first + count; ++i) {
    if (place_of_[i] < 0) continue;
    std::int32_t& seen_in = seen_in_[static_cast<std::size_t>(place_of_[i])];
    different += seen_in != bucket ? 1 : 0;
    seen_in = bucket;
  }
  return static_cast<double>(different);
}

}  // namespace customerhealth::metrics
