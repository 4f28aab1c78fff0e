#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "running.hpp"

namespace customerhealth::metrics {

/// The least or the greatest of entries, by integers that ascend as the values do (Values::order_keys). The greatest is
/// the least of their complements.
struct Extreme {
  std::span<const std::int64_t> keys;  // by row of the block
  bool least = true;

  static constexpr std::int64_t kNone = INT64_MAX;
  [[nodiscard]] std::int64_t of(std::uint32_t row) const noexcept { return least ? keys[row] : ~keys[row]; }
  [[nodiscard]] std::int64_t key(std::int64_t found) const noexcept { return least ? found : ~found; }
};

/// The extremes of plain entries between each two neighbouring edges, computed once for all windows.
class ExtremeRows {
 public:
  /// `before[account][edge]`: the number of the account's entries before the edge (count_before).
  ExtremeRows(const Entries& entries, const Extreme& extreme, std::span<const std::int32_t> before,
              std::size_t edge_count);

  [[nodiscard]] std::span<const std::int64_t> panes(std::size_t account) const noexcept {
    return std::span{panes_}.subspan(account * edge_count_, edge_count_);
  }

 private:
  std::size_t edge_count_;
  std::vector<std::int64_t> panes_;  // [account][edge]: of the entries from this edge to the next
};

/// Writes the key of the extreme of each window, whose edges ascend; `out` is of no meaning where no entry counts.
void running_extreme(const Extreme& extreme, std::span<const std::int64_t> panes, const Timeline::Window& window,
                     RunningScratch& scratch, std::span<std::int64_t> out);

/// The least key of entries with as-ofs of their own; Extreme::kNone where none counts. `key` is by row. A range of
/// as-ofs is covered by two of the greatest power of two that fits: each entry lowers two numbers of that level, and
/// each level then the next one below, down to single as-ofs.
template <class Key>
void running_least(const Key& key, const AccountEntries& entries, RunningScratch& scratch,
                   std::span<std::int64_t> out) {
  const std::size_t as_ofs = out.size(), levels = static_cast<std::size_t>(std::bit_width(as_ofs));
  scratch.keys.assign(levels * as_ofs, Extreme::kNone);
  const auto level_of = [&](std::size_t level) { return scratch.keys.data() + level * as_ofs; };
  const auto lower = [](std::int64_t& best, std::int64_t value) { best = std::min(best, value); };
  for (std::size_t i = 0; i < entries.rows.size(); ++i) {
    if (entries.until[i] <= entries.from[i]) continue;
    const auto from = static_cast<std::size_t>(entries.from[i]), until = static_cast<std::size_t>(entries.until[i]);
    const auto level = static_cast<std::size_t>(std::bit_width(until - from)) - 1;
    const std::int64_t value = key(entries.rows[i]);
    lower(level_of(level)[from], value);
    lower(level_of(level)[until - (std::size_t{1} << level)], value);
  }
  for (std::size_t level = levels; level-- > 1;) {
    const std::size_t half = std::size_t{1} << (level - 1);
    for (std::size_t k = 0; k + 2 * half <= as_ofs; ++k) {
      lower(level_of(level - 1)[k], level_of(level)[k]);
      lower(level_of(level - 1)[k + half], level_of(level)[k]);
    }
  }
  std::copy_n(scratch.keys.begin(), as_ofs, out.begin());
}

/// The extreme of entries with as-ofs of their own.
void running_extreme(const Extreme& extreme, const AccountEntries& entries, RunningScratch& scratch,
                     std::span<std::int64_t> out);

}  // namespace customerhealth::metrics
