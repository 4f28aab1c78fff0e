#include "customerhealth/common/value_order.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace customerhealth {
namespace {

constexpr std::size_t kFew = 48;      // numbers that insertion sorts sooner
constexpr std::size_t kMany = 4'000;  // from here on three rounds over 2,048 counts are quicker than four over 256

/// The upper half of an integer that ascends as the numbers do.
std::uint32_t upper_key(double value) noexcept {
  const auto bits = std::bit_cast<std::int64_t>(value + 0.0);  // one zero
  const auto flip = static_cast<std::uint64_t>(bits >> 63) | (std::uint64_t{1} << 63);
  return static_cast<std::uint32_t>((static_cast<std::uint64_t>(bits) ^ flip) >> 32);
}

}  // namespace

std::span<const std::uint32_t> ValueOrder::of(std::span<const double> values) {
  items_.resize(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) items_[i] = {upper_key(values[i]), static_cast<std::uint32_t>(i)};
  if (values.size() < kFew) {
    insert(values);
  } else {
    values.size() < kMany ? count_sort(8, 4) : count_sort(11, 3);
    mend(values);
  }
  places_.resize(items_.size());
  std::ranges::transform(items_, places_.begin(), &Item::place);
  return places_;
}

void ValueOrder::insert(std::span<const double> values) {
  for (std::size_t i = 1; i < items_.size(); ++i) {
    const Item item = items_[i];
    std::size_t at = i;
    for (; at > 0 && values[item.place] < values[items_[at - 1].place]; --at) items_[at] = items_[at - 1];
    items_[at] = item;
  }
}

/// From the lowest digits of the keys to the highest; a round in which all digits are equal is left out.
void ValueOrder::count_sort(std::size_t bits, std::size_t rounds) {
  const std::size_t digits = std::size_t{1} << bits;
  const auto digit = [&](const Item& item, std::size_t round) { return (item.key >> (round * bits)) & (digits - 1); };
  counts_.assign(digits * rounds, 0);
  for (const Item& item : items_) {
    for (std::size_t round = 0; round < rounds; ++round) ++counts_[round * digits + digit(item, round)];
  }
  other_.resize(items_.size());
  for (std::size_t round = 0; round < rounds; ++round) {
    const auto counts = std::span{counts_}.subspan(round * digits, digits);
    if (counts[digit(items_.front(), round)] == items_.size()) continue;
    std::uint32_t before = 0;
    for (std::uint32_t& count : counts) before += std::exchange(count, before);
    for (const Item& item : items_) other_[counts[digit(item, round)]++] = item;
    items_.swap(other_);
  }
}

/// Sorts what agrees in the upper halves.
void ValueOrder::mend(std::span<const double> values) {
  const auto before = [&](const Item& a, const Item& b) { return values[a.place] < values[b.place]; };
  for (auto begin = items_.begin(); begin != items_.end();) {
    auto end = begin + 1;
    bool sorted = true;
    for (; end != items_.end() && end->key == begin->key; ++end) sorted = sorted && !before(*end, *(end - 1));
    if (!sorted) std::stable_sort(begin, end, before);
    begin = end;
  }
}

}  // namespace customerhealth
