#include "exact_rows.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdint>

#include "customerhealth/common/exact_sum.hpp"
#include "customerhealth/common/math.hpp"
#include "customerhealth/common/wide.hpp"

namespace customerhealth::scores {
namespace {

constexpr double kRounder = 0x1.8p32;  // a number below 2^31 added to it loses what is finer than 2^-20
constexpr double kMostShort = 0x1p20;

/// Whether any value is long; a missing one is not.
CUSTOMERHEALTH_WIDE bool any_long(std::span<const double> values) noexcept {
  std::int64_t found = 0;  // as wide as a double, so that the compiler takes several at a time
  for (const double value : values) {
    const double rounded = (value + kRounder) - kRounder;
    found |= rounded < value ? 1L : 0L;
    found |= rounded > value ? 1L : 0L;
    found |= value > kMostShort ? 1L : 0L;
    found |= value < -kMostShort ? 1L : 0L;
  }
  return found != 0;
}

CUSTOMERHEALTH_WIDE void add_short(double factor, std::span<const double> values, std::span<double> sums) noexcept {
  double* const out = sums.data();
  for (std::size_t row = 0; row < values.size(); ++row)
    out[row] += std::isnan(values[row]) ? 0.0 : factor * values[row];
}

/// Two sums a row in Knuth's way: what each loses is itself a double. Returns whether the lower lost anything.
CUSTOMERHEALTH_WIDE bool add_twice(double factor, std::span<const double> values, double* highs, double* lows,
                                   double* losses) noexcept {
  std::int64_t any = 0;
  for (std::size_t row = 0; row < values.size(); ++row) {
    const double high = highs[row], low = lows[row];
    const double product = std::isnan(values[row]) ? 0.0 : factor * values[row];
    const double sum = high + product, part = sum - high;
    const double error = (high - (sum - part)) + (product - part);
    const double low_sum = low + error, low_part = low_sum - low;
    const double lost = (low - (low_sum - low_part)) + (error - low_part);
    highs[row] = sum;
    lows[row] = low_sum;
    losses[row] = lost;
    any |= lost != 0 ? 1L : 0L;
  }
  return any != 0;
}

}  // namespace

void ExactRows::reset(std::size_t rows) {
  high_.assign(rows, 0.0);
  low_.assign(rows, 0.0);
  lost_.resize(rows);
  all_lost_.clear();
  is_short_ = true;
  factors_ = 0;
}

bool ExactRows::stays_short(double factor, std::span<const double> values) noexcept {
  constexpr double kMostFactors = 0x1p12;
  constexpr std::size_t kRun = 256;  // a curve's points say no at once
  factors_ += factor;
  if (!(factors_ <= kMostFactors) || factor != math::floor(factor)) return false;
  for (std::size_t begin = 0; begin < values.size(); begin += kRun) {
    if (any_long(values.subspan(begin, std::min(kRun, values.size() - begin)))) return false;
  }
  return true;
}

void ExactRows::add(double factor, std::span<const double> values) {
  assert(values.size() == high_.size());
  is_short_ = is_short_ && stays_short(factor, values);
  if (is_short_) return add_short(factor, values, high_);
  if (add_twice(factor, values, high_.data(), low_.data(), lost_.data())) note_lost();
}

void ExactRows::note_lost() {
  for (std::size_t row = 0; row < lost_.size(); ++row) {
    if (lost_[row] != 0 && std::isfinite(lost_[row])) all_lost_.push_back({row, lost_[row]});
  }
}

void ExactRows::round_to(std::span<double> out) {
  for (std::size_t row = 0; row < out.size(); ++row) out[row] = high_[row] + low_[row];
  std::ranges::stable_sort(all_lost_, {}, &Lost::row);
  for (std::size_t i = 0; i < all_lost_.size();) {
    const std::size_t row = all_lost_[i].row;
    ExactSum sum;
    for (; i < all_lost_.size() && all_lost_[i].row == row; ++i) sum.add(all_lost_[i].value);
    if (!std::isfinite(out[row])) continue;
    sum.add(high_[row]);
    sum.add(low_[row]);
    out[row] = sum.value();
  }
}

}  // namespace customerhealth::scores
