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

double Frequencies::entropy() const noexcept {
  // p ln p has 53 bits; of 2^31 entries or fewer the last of them is 2^-84 or more, and their sum is below 2^5.
  constexpr int kUnit = -96;
  static const FixedPoint scale = FixedPoint::of_unit(kUnit);
  Int128 sum = 0;
  const auto subtract = [&, rows = static_cast<double>(size_)](std::int32_t times, std::int32_t values) {
    const double share = static_cast<double>(times) / rows;
    Int128 one = 0;
    [[maybe_unused]] const bool fits = scale.add(share * math::ln(share), one);
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
