#include "customerhealth/metrics/running.hpp"

#include <algorithm>
#include <numeric>

#include "changes.hpp"
#include "customerhealth/common/exact_sum.hpp"
#include "customerhealth/metrics/fixed_point.hpp"

namespace customerhealth {
namespace {

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

/// Plain entries count from `first` to before `last`, and both only move on.
template <class Value>
void walk(std::span<const std::int32_t> from, std::span<const std::int32_t> until, std::span<double> out,
          const Value& value) {
  std::size_t first = 0, last = 0;
  for (std::size_t k = 0; k < out.size(); ++k) {
    const auto at = static_cast<std::int32_t>(k);
    while (last < from.size() && from[last] <= at) ++last;
    while (first < last && until[first] <= at) ++first;
    out[k] = value(first, last);
  }
}

}  // namespace

void running_count(const AccountEntries& entries, RunningScratch& scratch, std::span<double> out) {
  if (entries.plain) {
    return walk(entries.from, entries.until, out,
                [](std::size_t first, std::size_t last) { return static_cast<double>(last - first); });
  }
  clear(scratch.change, out.size());
  for (std::size_t i = 0; i < entries.rows.size(); ++i) {
    ++scratch.change[static_cast<std::size_t>(entries.from[i])];
    --scratch.change[static_cast<std::size_t>(entries.until[i])];
  }
  accumulate(scratch.change, out);
}

SumRows sum_rows(const Entries& entries, std::span<const double> numbers) {
  SumRows rows;
  rows.scaled.resize(entries.rows.size());
  std::vector<double> values;
  for (std::size_t a = 0; a < entries.account_count(); ++a) {
    const auto begin = static_cast<std::size_t>(entries.begins[a]),
               end = static_cast<std::size_t>(entries.begins[a + 1]);
    values.clear();
    for (std::size_t i = begin; i < end; ++i) values.push_back(numbers[entries.rows[i]]);
    rows.scales.push_back(FixedPoint::fit(values));
    if (!rows.scales.back()) continue;
    for (std::size_t i = begin; i < end; ++i) rows.scaled[i] = rows.scales.back()->scaled(values[i - begin]);
  }
  return rows;
}

void running_sum(const Entries& all, const SumRows& rows, std::span<const double> numbers, std::size_t account,
                 std::span<const std::int32_t> until, RunningScratch& scratch, std::span<double> out) {
  const AccountEntries entries = account_entries(all, until, account);
  const auto& scale = rows.scales[account];
  if (!scale) return sum_far_apart(entries, numbers, out);
  const auto values =
      std::span{rows.scaled}.subspan(static_cast<std::size_t>(all.begins[account]), entries.rows.size());
  if (entries.plain) {
    Int128 sum = 0;
    std::size_t added = 0, taken = 0;
    return walk(entries.from, entries.until, out, [&](std::size_t first, std::size_t last) {
      while (added < last) sum += values[added++];
      while (taken < first) sum -= values[taken++];
      return scale->value(sum);
    });
  }
  scratch.sums.assign(out.size() + 1, 0);
  for (std::size_t i = 0; i < values.size(); ++i) {
    scratch.sums[static_cast<std::size_t>(entries.from[i])] += values[i];
    scratch.sums[static_cast<std::size_t>(entries.until[i])] -= values[i];
  }
  Int128 sum = 0;
  for (std::size_t k = 0; k < out.size(); ++k) {
    sum += scratch.sums[k];
    out[k] = scale->value(sum);
  }
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
