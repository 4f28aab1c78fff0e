#include "frequencies.hpp"

#include <cassert>

#include "customerhealth/common/math.hpp"
#include "fixed_point.hpp"

namespace customerhealth::metrics {

NumberedRows::NumberedRows(const Entries& entries, std::span<const std::uint64_t> keys)
    : begins_{entries.begins}, numbers_(entries.rows.size()) {
  Places places;
  std::vector<std::uint64_t> scratch;
  for (std::size_t a = 0; a < entries.account_count(); ++a) {
    places.number(entries.values(a, keys, scratch), std::span{numbers_}.subspan(entries.begin(a), entries.size(a)));
    counts_.push_back(entries.size(a) == 0 ? 0 : places.count());
  }
}

std::span<const std::int32_t> NumberedRows::numbers(std::size_t account) const noexcept {
  return std::span{numbers_}.subspan(static_cast<std::size_t>(begins_[account]),
                                     static_cast<std::size_t>(begins_[account + 1] - begins_[account]));
}

void Frequencies::clear(std::size_t values, std::size_t entries) {
  times_.assign(values, 0);
  values_.assign(entries + 1, 0);
  values_[0] = static_cast<std::int32_t>(values);
  size_ = most_ = 0;
}

namespace {

double share_ln_share(std::int32_t times, std::int32_t rows) noexcept {
  const double share = static_cast<double>(times) / static_cast<double>(rows);
  return share * math::ln(share);
}

/// -p ln p of the shares p that occur among few rows, as most windows hold: these were most of the time of an entropy.
/// Of 128 rows the least that is not 0 is 127/128 ln(128/127), above 2^-8, so the last of its 53 bits is 2^-60; an
/// entropy is ln 128 at most. So all are whole multiples of 2^-60 whose sum fits 63 bits.
class SharesOfFew {
 public:
  static constexpr std::int32_t kMostRows = 128;
  static constexpr double kUnit = 0x1p-60;

  SharesOfFew() {
    for (std::int32_t rows = 0; rows <= kMostRows; ++rows) {
      values_.push_back(0);  // of what never occurs
      for (std::int32_t times = 1; times <= rows; ++times) {
        values_.push_back(static_cast<std::int64_t>(share_ln_share(times, rows) / -kUnit));
      }
    }
  }
  /// By times, from 0 on.
  [[nodiscard]] const std::int64_t* of(std::int32_t rows) const noexcept {
    return values_.data() + rows * (rows + 1) / 2;
  }

 private:
  std::vector<std::int64_t> values_;
};

}  // namespace

/// The sum is exact, so that it may go over the values or over how often they occur, whichever are fewer.
double Frequencies::entropy_of_few() const noexcept {
  static const SharesOfFew shares;
  const std::int64_t* const of_times = shares.of(size_);
  std::int64_t sum = 0;
  if (static_cast<std::size_t>(most_) > times_.size()) {
    for (const std::int32_t times : times_) sum += of_times[times];
  } else {
    for (std::int32_t times = 1; times <= most_; ++times) {
      sum += values_[static_cast<std::size_t>(times)] * of_times[times];
    }
  }
  return static_cast<double>(sum) * SharesOfFew::kUnit;
}

double Frequencies::entropy() const noexcept {
  if (size_ <= SharesOfFew::kMostRows) return entropy_of_few();
  // p ln p has 53 bits; of 2^31 entries or fewer the last of them is 2^-84 or more, and their sum is below 2^5.
  constexpr int kUnit = -96;
  static const FixedPoint scale = FixedPoint::of_unit(kUnit);
  Int128 sum = 0;
  const auto subtract = [&](std::int32_t times, std::int32_t values) {
    Int128 one = 0;
    [[maybe_unused]] const bool fits = scale.add(share_ln_share(times, size_), one);
    assert(fits);
    sum -= one * values;
  };
  if (static_cast<std::size_t>(most_) > times_.size()) {  // few values, often
    for (const std::int32_t times : times_) {
      if (times > 0) subtract(times, 1);
    }
  } else {
    for (std::int32_t times = 1; times <= most_; ++times) {
      const std::int32_t values = values_[static_cast<std::size_t>(times)];
      if (values > 0) subtract(times, values);
    }
  }
  return scale.value(sum);
}

}  // namespace customerhealth::metrics
