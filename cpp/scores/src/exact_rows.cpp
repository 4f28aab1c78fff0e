#include "exact_rows.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "customerhealth/common/any_nan.hpp"
#include "customerhealth/common/exact_sum.hpp"
#include "customerhealth/common/math.hpp"

namespace customerhealth::scores {
namespace {

constexpr double kRounder = 0x1.8p32;  // a number below 2^31 added to it loses what is finer than 2^-20
constexpr double kMostShort = 0x1p20;

/// Of one value or two; a missing one is not.
constexpr auto is_long = [](const auto& value) {
  const auto rounded = (value + kRounder) - kRounder;
  return (rounded < value) | (rounded > value) | (value > kMostShort) | (value < -kMostShort);
};

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
    if (any_odd(values.subspan(begin, std::min(kRun, values.size() - begin)), is_long)) return false;
  }
  return true;
}

void ExactRows::add(double factor, std::span<const double> values) {
  assert(values.size() == high_.size());
  double *const highs = high_.data(), *const lows = low_.data(), *const losses = lost_.data();
  const double* const given = values.data();
  is_short_ = is_short_ && stays_short(factor, values);
  if (is_short_) {
    for (std::size_t row = 0; row < high_.size(); ++row)
      highs[row] += std::isnan(given[row]) ? 0.0 : factor * given[row];
    return;
  }
  for (std::size_t row = 0; row < high_.size(); ++row) {
    // Two sums in Knuth's way: what each loses is itself a double.
    const double high = highs[row], low = lows[row];
    const double product = std::isnan(given[row]) ? 0.0 : factor * given[row];
    const double sum = high + product, part = sum - high;
    const double error = (high - (sum - part)) + (product - part);
    const double low_sum = low + error, low_part = low_sum - low;
    const double lost = (low - (low_sum - low_part)) + (error - low_part);
    highs[row] = sum;
    lows[row] = low_sum;
    losses[row] = lost;
  }
  // A loop of its own: together with this one the compiler takes a row at a time.
  if (any_odd(lost_, [](const auto& lost) { return lost != 0; })) note_lost();
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
