#include "running_wanted.hpp"

#include <algorithm>
#include <limits>

namespace customerhealth::metrics {
namespace {

/// How often each wanted value occurs before each of an account's entries, four counts of 16 bits a word. A window of
/// plain entries is the difference of two: borrows of a lower count are made good by its own.
class WantedBefore {
 public:
  static constexpr std::size_t kMostSlots = 8;
  static constexpr std::size_t kMostEntries = std::numeric_limits<std::uint16_t>::max();

  WantedBefore(const AccountEntries& entries, const ValueSlots& slots, std::vector<std::uint64_t>& scratch)
      : words_{std::max<std::size_t>(1, (slots.slots() + kCounts - 1) / kCounts)},
        first_{static_cast<std::size_t>(entries.first.front())} {
    const auto of_rows = slots.of_rows();
    const std::size_t last = std::max(first_, static_cast<std::size_t>(entries.last.back()));
    scratch.resize((last - first_ + 1) * words_);
    std::uint64_t* before = scratch.data();
    before_ = before;
    std::fill_n(before, words_, std::uint64_t{0});
    for (std::size_t i = first_; i < last; ++i, before += words_) {
      const std::int32_t slot = of_rows[entries.rows[i]];
      for (std::size_t w = 0; w < words_; ++w) before[words_ + w] = before[w] + one(slot, w);
    }
  }

  /// How many of entries [first, last) have the value.
  [[nodiscard]] std::uint64_t count(std::size_t slot, std::int32_t first, std::int32_t last) const noexcept {
    const std::size_t word = slot / kCounts;
    const auto at = [&](std::int32_t entry) {
      return before_[(static_cast<std::size_t>(entry) - first_) * words_ + word];
    };
    const std::uint64_t counts = at(last) - at(first);
    return counts >> (slot % kCounts * kBits) & kMostEntries;
  }

 private:
  static constexpr std::size_t kBits = 16, kCounts = 4;

  /// What a value adds to a word; 0 for one that is not wanted.
  static std::uint64_t one(std::int32_t slot, std::size_t word) noexcept {
    const std::int64_t place = std::int64_t{slot} - static_cast<std::int64_t>(word * kCounts);
    const bool is_here = place >= 0 && place < static_cast<std::int64_t>(kCounts);
    return is_here ? std::uint64_t{1} << (static_cast<std::uint64_t>(place) * kBits) : 0;
  }

  std::size_t words_, first_;    // the first entry that any window holds
  const std::uint64_t* before_;  // [entry][word]
};

}  // namespace

void running_wanted(const AccountEntries& entries, const ValueSlots& slots, std::span<const model::Wanted> wanted,
                    RunningScratch& scratch, std::span<double> out) {
  const auto of_rows = slots.of_rows(), of_wanted = slots.of_given();
  double needed = 0;
  for (const model::Wanted& each : wanted) needed += each.needed;
  const auto met_share = [&](const auto& count) {
    double met = 0;
    for (std::size_t w = 0; w < wanted.size(); ++w) {
      if (of_wanted[w] != ValueSlots::kNone)
        met += std::min(static_cast<double>(count(of_wanted[w])), wanted[w].needed);
    }
    return met / needed;
  };
  const bool packs =
      entries.plain && slots.slots() <= WantedBefore::kMostSlots && entries.rows.size() <= WantedBefore::kMostEntries;
  if (packs && !out.empty()) {
    const WantedBefore before{entries, slots, scratch.bits};
    for (std::size_t k = 0; k < out.size(); ++k) {
      out[k] = met_share([&](std::int32_t slot) {
        return static_cast<std::int64_t>(
            before.count(static_cast<std::size_t>(slot), entries.first[k], entries.last[k]));
      });
    }
    return;
  }
  const EntryRanges ranges = entry_ranges(entries, scratch);
  const std::size_t width = slots.slots() + 1;  // the first place is of rows that are not wanted
  scratch.change.assign((out.size() + 1) * width, 0);
  const auto change = [&](std::int32_t k, std::int32_t slot) -> std::int32_t& {
    return scratch.change[static_cast<std::size_t>(k) * width + static_cast<std::size_t>(slot + 1)];
  };
  for (std::size_t i = 0; i < entries.rows.size(); ++i) {
    const std::int32_t slot = of_rows[entries.rows[i]];
    ++change(ranges.from[i], slot);
    --change(ranges.until[i], slot);
  }
  scratch.covered.assign(width, 0);
  for (std::size_t k = 0; k < out.size(); ++k) {
    for (std::size_t place = 0; place < width; ++place) scratch.covered[place] += scratch.change[k * width + place];
    out[k] = met_share([&](std::int32_t slot) { return scratch.covered[static_cast<std::size_t>(slot) + 1]; });
  }
}

}  // namespace customerhealth::metrics
