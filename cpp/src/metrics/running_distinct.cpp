#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>

#include "changes.hpp"
#include "customerhealth/metrics/running.hpp"

namespace customerhealth {
namespace {

/// A place for each distinct value of some rows, in memory that is used again from account to account.
class Places {
 public:
  /// Prepares for the rows of one account.
  void begin(std::span<const std::uint32_t> rows, std::span<const std::uint64_t> keys) {
    lowest_ = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t highest = 0;
    for (const std::uint32_t row : rows) {
      lowest_ = std::min(lowest_, keys[row]);
      highest = std::max(highest, keys[row]);
    }
    // Ids, days and codes often lie near each other: then the key itself is a place.
    is_direct_ = rows.empty() || highest - lowest_ < rows.size() * 8 + 64;
    count_ = rows.empty() ? 1 : is_direct_ ? highest - lowest_ + 1 : std::bit_ceil(rows.size() * 2 + 1);
    if (is_direct_) return;
    keys_.resize(count_);
    taken_.assign(count_, 0);
  }

  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] bool is_direct() const noexcept { return is_direct_; }
  [[nodiscard]] std::size_t direct(std::uint64_t key) const noexcept { return key - lowest_; }
  [[nodiscard]] std::size_t hashed(std::uint64_t key) noexcept {
    const std::uint64_t mixed = key * 0x9e3779b97f4a7c15U;
    std::size_t at = (mixed ^ (mixed >> 32)) & (count_ - 1);
    while (taken_[at] != 0 && keys_[at] != key) at = (at + 1) & (count_ - 1);
    taken_[at] = 1;
    keys_[at] = key;
    return at;
  }

 private:
  std::vector<std::uint64_t> keys_;
  std::vector<std::uint8_t> taken_;
  std::uint64_t lowest_ = 0;
  std::size_t count_ = 0;
  bool is_direct_ = true;
};

constexpr std::int32_t kNever = std::numeric_limits<std::int32_t>::max();

}  // namespace

DistinctRows distinct_rows(const Entries& entries, std::span<const std::uint64_t> keys, std::size_t as_of_count) {
  DistinctRows out;
  out.begins.push_back(0);
  out.entries.resize(entries.rows.size());
  out.replaced.resize(entries.rows.size());
  out.enter.assign(entries.account_count() * as_of_count, 0);
  std::size_t count = 0;
  Places places;
  std::vector<std::int32_t> next;  // by place: where the value's next row begins to count
  for (std::size_t a = 0; a < entries.account_count(); ++a) {
    const auto begin = static_cast<std::size_t>(entries.begins[a]),
               end = static_cast<std::size_t>(entries.begins[a + 1]);
    places.begin(std::span{entries.rows}.subspan(begin, end - begin), keys);
    next.assign(places.count(), kNever);
    std::int32_t* enter = out.enter.data() + a * as_of_count;
    const auto collect = [&](const auto& place_of) {
      for (std::size_t i = end; i-- > begin;) {
        std::int32_t& after = next[place_of(keys[entries.rows[i]])];
        const std::int32_t from = entries.from[i];
        if (after == from) continue;
        out.entries[count] = static_cast<std::uint32_t>(i);
        out.replaced[count++] = after;
        ++enter[from];
        after = from;
      }
    };
    if (places.is_direct())
      collect([&](std::uint64_t key) { return places.direct(key); });
    else
      collect([&](std::uint64_t key) { return places.hashed(key); });
    out.begins.push_back(static_cast<std::int64_t>(count));
  }
  out.entries.resize(count);
  out.replaced.resize(count);
  return out;
}

void running_distinct(const DistinctRows& rows, std::size_t account, std::span<const std::int32_t> until,
                      RunningScratch& scratch, std::span<double> out) {
  const auto enter = std::span{rows.enter}.subspan(account * out.size(), out.size());
  scratch.change.assign(enter.begin(), enter.end());
  scratch.change.push_back(0);
  const auto end = static_cast<std::size_t>(rows.begins[account + 1]);
  for (auto i = static_cast<std::size_t>(rows.begins[account]); i < end; ++i) {
    --scratch.change[static_cast<std::size_t>(std::min(rows.replaced[i], until[rows.entries[i]]))];
  }
  accumulate(scratch.change, out);
}

void running_distinct(const AccountEntries& entries, std::span<const std::uint64_t> keys, RunningScratch& scratch,
                      std::span<double> out) {
  clear(scratch.change, out.size());
  scratch.order.resize(entries.rows.size());
  std::iota(scratch.order.begin(), scratch.order.end(), 0);
  if (!std::ranges::is_sorted(entries.from)) {
    std::ranges::sort(scratch.order, {}, [&](std::int32_t i) { return entries.from[static_cast<std::size_t>(i)]; });
  }
  Places places;
  places.begin(entries.rows, keys);
  scratch.covered.assign(places.count(), 0);
  // In the order in which they begin to count: of each range, what its value does not cover already is new.
  for (const std::int32_t entry : scratch.order) {
    const auto i = static_cast<std::size_t>(entry);
    const std::uint64_t key = keys[entries.rows[i]];
    std::int32_t& covered = scratch.covered[places.is_direct() ? places.direct(key) : places.hashed(key)];
    const std::int32_t begin = std::max(entries.from[i], covered);
    if (entries.until[i] <= begin) continue;
    ++scratch.change[static_cast<std::size_t>(begin)];
    --scratch.change[static_cast<std::size_t>(entries.until[i])];
    covered = entries.until[i];
  }
  accumulate(scratch.change, out);
}

}  // namespace customerhealth
