#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "places.hpp"
#include "running.hpp"

namespace customerhealth::metrics {

/// The values of each account's entries as small numbers, computed once for all windows.
class NumberedRows {
 public:
  /// Equal keys, equal values. No value at the rows of the entries may be missing.
  NumberedRows(const Entries& entries, std::span<const std::uint64_t> keys);

  /// By entry, the number of its value, below `count(account)`.
  [[nodiscard]] std::span<const std::int32_t> numbers(std::size_t account) const noexcept;
  [[nodiscard]] std::size_t count(std::size_t account) const noexcept { return counts_[account]; }

 private:
  std::vector<std::int64_t> begins_;
  std::vector<std::int32_t> numbers_;
  std::vector<std::size_t> counts_;
};

/// How often each value occurs among the entries that count, and how many values occur how often.
class Frequencies {
 public:
  /// Nothing occurs; values are numbered below `values`, and occur at most `entries` times in all.
  void clear(std::size_t values, std::size_t entries);
  void insert(std::int32_t value) noexcept { move(value, 1); }
  void erase(std::int32_t value) noexcept {
    move(value, -1);
    if (values_[static_cast<std::size_t>(most_)] == 0) --most_;
  }

  /// How many entries count; how often the most frequent value occurs.
  [[nodiscard]] std::int32_t size() const noexcept { return size_; }
  [[nodiscard]] std::int32_t most() const noexcept { return most_; }
  /// -sum of p ln p over the shares p of the values, exact save for the rounding of each p ln p.
  [[nodiscard]] double entropy() const noexcept;

 private:
  [[nodiscard]] double entropy_of_few() const noexcept;
  void move(std::int32_t value, std::int32_t by) noexcept {
    std::int32_t& times = times_[static_cast<std::size_t>(value)];
    --values_[static_cast<std::size_t>(times)];
    times += by;
    ++values_[static_cast<std::size_t>(times)];
    size_ += by;
    most_ = times > most_ ? times : most_;
  }

  std::vector<std::int32_t> times_;   // by value: how often it occurs
  std::vector<std::int32_t> values_;  // by number of times: how many values occur as often
  std::int32_t size_ = 0, most_ = 0;
};

/// Sets each as-of to what `value()` says when `frequencies` are those of the entries that count, and to `silent` where
/// none does. Where no entry came or went since the as-of before, as between most days of small accounts, its value is
/// taken over.
template <class Value>
void running_frequencies(const AccountEntries& entries, const NumberedRows& rows, std::size_t account,
                         Frequencies& frequencies, RunningScratch& scratch, const AccountCells& out,
                         const Value& value) {
  const auto numbers = rows.numbers(account);
  frequencies.clear(rows.count(account), numbers.size());
  bool changed = true;
  double last = 0;
  sweep(
      entries, out.size(), scratch.sweep,
      [&](std::size_t i) {
        frequencies.insert(numbers[i]);
        changed = true;
      },
      [&](std::size_t i) {
        frequencies.erase(numbers[i]);
        changed = true;
      },
      [&](std::size_t k) {
        if (frequencies.size() == 0) return out.set_missing(k, Reason::silent);
        if (changed) last = value();
        changed = false;
        out.set(k, last);
      });
}

}  // namespace customerhealth::metrics
