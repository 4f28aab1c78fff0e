#include "customerhealth/metrics/running.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

#include "customerhealth/common/exact_sum.hpp"
#include "customerhealth/metrics/fixed_point.hpp"

namespace customerhealth {
namespace {

/// Turns "so many more from here" into "so many here".
void accumulate(std::span<const std::int32_t> change, std::span<double> out) noexcept {
  std::int32_t count = 0;
  for (std::size_t k = 0; k < out.size(); ++k) {
    count += change[k];
    out[k] = static_cast<double>(count);
  }
}

void clear(std::vector<std::int32_t>& change, std::size_t as_ofs) { change.assign(as_ofs + 1, 0); }

/// Where the exponents lie too far apart for 128 bits: each as-of's rows are added on their own.
void sum_far_apart(const AccountEntries& entries, std::span<const double> numbers, std::span<double> out) {
  for (std::size_t k = 0; k < out.size(); ++k) {
    ExactSum sum;
    for (std::size_t i = 0; i < entries.rows.size(); ++i) {
      const auto at = static_cast<std::int32_t>(k);
      if (entries.from[i] <= at && at < entries.until[i]) sum.add(numbers[entries.rows[i]]);
    }
    out[k] = sum.value();
  }
}

/// Numbers an account's distinct values 0, 1, 2, ... in the order of their rows; returns how many there are.
std::int32_t number_values(std::span<const std::uint32_t> rows, std::span<const std::uint64_t> keys,
                           RunningScratch& scratch) {
  // Open addressing in `covered`, a slot the index of the first row with its value, plus one.
  const std::size_t capacity = std::bit_ceil(rows.size() * 2 + 1);
  auto& table = scratch.covered;
  table.assign(capacity, 0);
  scratch.slots.resize(rows.size());
  std::int32_t count = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::uint64_t key = keys[rows[i]];
    const std::uint64_t mixed = key * 0x9e3779b97f4a7c15U;
    std::size_t at = (mixed ^ (mixed >> 32)) & (capacity - 1);
    while (table[at] != 0 && keys[rows[static_cast<std::size_t>(table[at]) - 1]] != key) at = (at + 1) & (capacity - 1);
    if (table[at] == 0) {
      table[at] = static_cast<std::int32_t>(i) + 1;
      scratch.slots[i] = count++;
    } else {
      scratch.slots[i] = scratch.slots[static_cast<std::size_t>(table[at]) - 1];
    }
  }
  return count;
}

/// Entries that begin to count in order: each one's range, less what its value covers already, is new.
template <class Each>
void add_uncovered(const Each& each, std::int32_t values, RunningScratch& scratch) {
  scratch.covered.assign(static_cast<std::size_t>(values), 0);
  each([&](std::size_t slot, std::int32_t from, std::int32_t until) {
    std::int32_t& covered = scratch.covered[slot];
    const std::int32_t begin = std::max(from, covered);
    if (until <= begin) return;
    ++scratch.change[static_cast<std::size_t>(begin)];
    --scratch.change[static_cast<std::size_t>(until)];
    covered = until;
  });
}

}  // namespace

void running_count(const AccountEntries& entries, RunningScratch& scratch, std::span<double> out) {
  clear(scratch.change, out.size());
  for (std::size_t i = 0; i < entries.rows.size(); ++i) {
    ++scratch.change[static_cast<std::size_t>(entries.from[i])];
    --scratch.change[static_cast<std::size_t>(entries.until[i])];
  }
  accumulate(scratch.change, out);
}

void running_sum(const AccountEntries& entries, std::span<const double> numbers, RunningScratch& scratch,
                 std::span<double> out) {
  scratch.values.resize(entries.rows.size());
  for (std::size_t i = 0; i < entries.rows.size(); ++i) scratch.values[i] = numbers[entries.rows[i]];
  const auto scale = FixedPoint::fit(scratch.values);
  if (!scale) return sum_far_apart(entries, numbers, out);
  scratch.enter.assign(out.size() + 1, 0);
  for (std::size_t i = 0; i < entries.rows.size(); ++i) {
    const Int128 value = scale->scaled(scratch.values[i]);
    scratch.enter[static_cast<std::size_t>(entries.from[i])] += value;
    scratch.enter[static_cast<std::size_t>(entries.until[i])] -= value;
  }
  Int128 sum = 0;
  for (std::size_t k = 0; k < out.size(); ++k) {
    sum += scratch.enter[k];
    out[k] = scale->value(sum);
  }
}

void running_distinct(const AccountEntries& entries, const Identities& values, RunningScratch& scratch,
                      std::span<double> out) {
  const std::int32_t count = number_values(entries.rows, values.keys, scratch);
  clear(scratch.change, out.size());
  const bool ascend = entries.plain || std::ranges::is_sorted(entries.from);
  if (!ascend) {
    scratch.order.resize(entries.rows.size());
    std::iota(scratch.order.begin(), scratch.order.end(), 0);
    std::ranges::sort(scratch.order, {}, [&](std::int32_t i) { return entries.from[static_cast<std::size_t>(i)]; });
  }
  add_uncovered(
      [&](const auto& add) {
        for (std::size_t n = 0; n < entries.rows.size(); ++n) {
          const std::size_t i = ascend ? n : static_cast<std::size_t>(scratch.order[n]);
          add(static_cast<std::size_t>(scratch.slots[i]), entries.from[i], entries.until[i]);
        }
      },
      count, scratch);
  accumulate(scratch.change, out);
}

void running_first(const AccountEntries& entries, std::span<const std::int32_t> order, RunningScratch& scratch,
                   std::span<std::int32_t> out) {
  // `next[k]` is the first as-of from k on that has no answer yet, found along shortened paths.
  auto& next = scratch.next;
  next.resize(out.size() + 1);
  std::iota(next.begin(), next.end(), 0);
  std::ranges::fill(out, -1);
  const auto open_from = [&](std::int32_t k) {
    while (next[static_cast<std::size_t>(k)] != k) {
      auto& step = next[static_cast<std::size_t>(k)];
      step = next[static_cast<std::size_t>(step)];
      k = step;
    }
    return k;
  };
  for (const std::int32_t entry : order) {
    const auto i = static_cast<std::size_t>(entry);
    for (std::int32_t k = open_from(entries.from[i]); k < entries.until[i]; k = open_from(k)) {
      out[static_cast<std::size_t>(k)] = entry;
      next[static_cast<std::size_t>(k)] = k + 1;
    }
  }
}

}  // namespace customerhealth
