#include "running.hpp"

#include <algorithm>
#include <numeric>

#include "changes.hpp"
#include "customerhealth/common/exact_sum.hpp"
#include "customerhealth/common/overloaded.hpp"

namespace customerhealth::metrics {
namespace {

/// The sum for accounts whose values do not fit a FixedPoint: adds the rows of each as-of anew, in an ExactSum.
template <class Take>
void sum_far_apart(const AccountEntries& entries, std::span<const double> numbers, RunningScratch& scratch,
                   std::size_t as_ofs, const Take& take) {
  const EntryRanges ranges = entry_ranges(entries, scratch);
  for (std::size_t k = 0; k < as_ofs; ++k) {
    ExactSum sum;
    for (std::size_t i = 0; i < entries.rows.size(); ++i) {
      const auto at = static_cast<std::int32_t>(k);
      if (ranges.from[i] <= at && at < ranges.until[i]) sum.add(numbers[entries.rows[i]]);
    }
    take(k, sum);
  }
}

/// For each entry the first as-of whose `count`, the number of entries before it, is above the entry's index.
void first_beyond(std::span<const std::int32_t> count, std::span<std::int32_t> out) noexcept {
  std::size_t done = 0;
  for (std::size_t k = 0; k < count.size(); ++k) {
    for (const auto next = static_cast<std::size_t>(count[k]); done < next; ++done) {
      out[done] = static_cast<std::int32_t>(k);
    }
  }
  std::fill(out.begin() + static_cast<std::ptrdiff_t>(done), out.end(), static_cast<std::int32_t>(count.size()));
}

}  // namespace

EntryRanges entry_ranges(const AccountEntries& entries, RunningScratch& scratch) {
  if (!entries.plain) return {entries.from, entries.until};
  scratch.from.resize(entries.rows.size());
  scratch.until.resize(entries.rows.size());
  first_beyond(entries.last, scratch.from);
  first_beyond(entries.first, scratch.until);
  return {scratch.from, scratch.until};
}

void running_count(const AccountEntries& entries, RunningScratch& scratch, std::span<double> out) {
  if (entries.plain) {
    for (std::size_t k = 0; k < out.size(); ++k) out[k] = static_cast<double>(entries.last[k] - entries.first[k]);
    return;
  }
  clear(scratch.change, out.size());
  for (std::size_t i = 0; i < entries.rows.size(); ++i) {
    ++scratch.change[static_cast<std::size_t>(entries.from[i])];
    --scratch.change[static_cast<std::size_t>(entries.until[i])];
  }
  accumulate(scratch.change, out);
}

/// An account whose values do not fit its scale gets no prefix sums: running_sum() then adds its rows for each as-of.
SumRows::SumRows(const Entries& entries, std::span<const double> numbers) {
  prefix_.resize(entries.rows.size() + entries.account_count());
  begins_.reserve(entries.account_count() + 1);
  scales_.reserve(entries.account_count());
  std::vector<double> scratch;
  std::size_t at = 0;
  for (std::size_t a = 0; a < entries.account_count(); ++a) {
    begins_.push_back(at);
    const std::span<const double> values = entries.values(a, numbers, scratch);
    const FixedPoint scale = FixedPoint::under(values);
    Int128 sum = 0;
    bool fits = true;
    Int128* prefix = prefix_.data() + at;
    for (const double value : values) {
      *prefix++ = sum;
      fits &= scale.add(value, sum);
    }
    *prefix = sum;
    scales_.push_back(fits ? std::optional{scale} : std::nullopt);
    at += values.size() + 1;
  }
  begins_.push_back(at);
}

std::span<const Int128> SumRows::prefix(std::size_t account) const noexcept {
  if (!scales_[account]) return {};
  return std::span{prefix_}.subspan(begins_[account], begins_[account + 1] - begins_[account]);
}

namespace {

/// Calls `take(k, sum, scale)` for each as-of with the exact sum of the entries that count there, or `take(k, sum)`
/// with an ExactSum where the account's values do not fit a scale.
template <class Take>
void each_sum(const AccountEntries& entries, const SumRows& rows, std::span<const double> numbers, std::size_t account,
              RunningScratch& scratch, std::size_t as_ofs, const Take& take) {
  const auto prefix = rows.prefix(account);
  if (prefix.empty()) return sum_far_apart(entries, numbers, scratch, as_ofs, take);
  const FixedPoint& scale = rows.scale(account);
  if (entries.plain) {
    for (std::size_t k = 0; k < as_ofs; ++k) {
      take(k, prefix[static_cast<std::size_t>(entries.last[k])] - prefix[static_cast<std::size_t>(entries.first[k])],
           scale);
    }
    return;
  }
  scratch.sums.assign(as_ofs + 1, 0);
  each_run(entries.from,
           [&](std::size_t begin, std::size_t end, std::size_t k) { scratch.sums[k] += prefix[end] - prefix[begin]; });
  each_run(entries.until,
           [&](std::size_t begin, std::size_t end, std::size_t k) { scratch.sums[k] -= prefix[end] - prefix[begin]; });
  Int128 sum = 0;
  for (std::size_t k = 0; k < as_ofs; ++k) {
    sum += scratch.sums[k];
    take(k, sum, scale);
  }
}

}  // namespace

void running_sum(const AccountEntries& entries, const SumRows& rows, std::span<const double> numbers,
                 std::size_t account, RunningScratch& scratch, std::span<double> out) {
  each_sum(entries, rows, numbers, account, scratch, out.size(),
           Overloaded{[&](std::size_t k, Int128 sum, const FixedPoint& scale) { out[k] = scale.value(sum); },
                      [&](std::size_t k, const ExactSum& sum) { out[k] = sum.value(); }});
}

void running_mean(const AccountEntries& entries, const SumRows& rows, std::span<const double> numbers,
                  std::size_t account, std::span<const double> counts, RunningScratch& scratch, std::span<double> out) {
  const auto count = [&](std::size_t k) { return static_cast<std::int64_t>(counts[k]); };
  each_sum(entries, rows, numbers, account, scratch, out.size(),
           Overloaded{[&](std::size_t k, Int128 sum, const FixedPoint& scale) {
                        out[k] = count(k) == 0 ? 0.0 : scale.mean(sum, count(k));
                      },
                      [&](std::size_t k, const ExactSum& sum) { out[k] = count(k) == 0 ? 0.0 : sum.mean(count(k)); }});
}

void running_first(const AccountEntries& entries, std::span<const std::int32_t> order, RunningScratch& scratch,
                   std::span<std::int32_t> out) {
  const EntryRanges ranges = entry_ranges(entries, scratch);
  // `next[k]` leads from as-of k to the first one at or after k without an answer. Each search shortens the paths that
  // it follows (union-find), so that an as-of is hardly visited twice.
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
    for (std::int32_t k = open_from(ranges.from[i]); k < ranges.until[i]; k = open_from(k)) {
      out[static_cast<std::size_t>(k)] = entry;
      next[static_cast<std::size_t>(k)] = k + 1;
    }
  }
}

}  // namespace customerhealth::metrics
