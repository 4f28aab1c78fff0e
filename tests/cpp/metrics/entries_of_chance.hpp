#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "entries.hpp"

// Entries as no table would bring them, for properties.
namespace customerhealth::chance {

struct Drawn {
  metrics::Entries entries;
  std::vector<std::int32_t> before;  // plain: by account and edge
  std::size_t edges = 0;
  metrics::Timeline::Window window;
  metrics::Runs runs;               // plain
  std::vector<std::int32_t> until;  // else: with a window's begin worked in
  std::size_t rows = 0;             // of the block

  [[nodiscard]] metrics::AccountEntries account(std::size_t a) const {
    return entries.plain ? metrics::account_entries(entries, runs, a) : metrics::account_entries(entries, until, a);
  }
};

/// Whether the i-th entry counts at the k-th as-of.
inline bool counts(const metrics::AccountEntries& entries, std::size_t i, std::int32_t k) {
  const auto entry = static_cast<std::int32_t>(i);
  const auto at = static_cast<std::size_t>(k);
  return entries.plain ? entries.first[at] <= entry && entry < entries.last[at]
                       : entries.from[i] <= k && k < entries.until[i];
}

/// Plain: `as_ofs` windows whose ends only move on, among more edges than they use. Else each entry has as-ofs of its
/// own.
inline Drawn entries(std::mt19937_64& random, std::size_t accounts, std::int32_t as_ofs, bool plain) {
  const auto below = [&](std::int32_t n) {
    return static_cast<std::int32_t>(random() % static_cast<std::uint64_t>(n));
  };
  Drawn drawn;
  metrics::Entries& out = drawn.entries;
  out.plain = plain;
  out.begins.push_back(0);
  drawn.edges = static_cast<std::size_t>(as_ofs) * 2 + 3;
  const auto last_edge = static_cast<std::int32_t>(drawn.edges) - 1;
  for (std::int32_t k = 0; k < as_ofs; ++k) {
    drawn.window.begin.push_back(below(last_edge));
    drawn.window.end.push_back(1 + below(last_edge));
  }
  std::ranges::sort(drawn.window.begin);
  std::ranges::sort(drawn.window.end);
  for (std::size_t k = 0; k < drawn.window.end.size(); ++k) {
    drawn.window.end[k] = std::max(drawn.window.end[k], drawn.window.begin[k]);
  }
  for (std::size_t a = 0; a < accounts; ++a) {
    const std::int32_t count = below(4) == 0 ? 0 : below(60);
    for (std::int32_t i = 0; i < count; ++i) {
      out.rows_owned.push_back(static_cast<std::uint32_t>(drawn.rows++));
      if (below(5) == 0) ++drawn.rows;  // a row of the block that never counts
      out.times_owned.emplace_back(Micros{i / 2});
      if (plain) continue;
      const std::int32_t from = below(as_ofs), until = from + 1 + below(as_ofs - from);
      out.from_owned.push_back(from);
      out.until_owned.push_back(until);
      drawn.until.push_back(std::max(from, std::min(until, below(as_ofs + 1))));
    }
    std::vector<std::int32_t> before;
    for (std::size_t edge = 0; edge < drawn.edges; ++edge) before.push_back(below(count + 1));
    std::ranges::sort(before);
    before.front() = 0;
    drawn.before.insert(drawn.before.end(), before.begin(), before.end());
    out.begins.push_back(std::ssize(out.rows_owned));
  }
  out.show_owned();
  if (plain) drawn.runs = metrics::runs_of(drawn.before, drawn.edges, drawn.window);
  return drawn;
}

/// Calls `check(drawn, numbers, keys, random)` for many draws, plain and not; numbers and keys are by row.
template <class Check>
void for_many_entries(std::uint64_t seed, std::int32_t as_ofs, const Check& check) {
  std::mt19937_64 random{seed};
  for (int round = 0; round < 300; ++round) {
    SCOPED_TRACE(round);
    Drawn drawn = entries(random, 4, as_ofs, round % 2 == 0);
    std::vector<double> numbers(drawn.rows);
    std::vector<std::uint64_t> keys(drawn.rows);
    for (std::size_t i = 0; i < drawn.rows; ++i) {
      const int spread = round % 3 == 0 ? 200 : 20;  // too far apart for 128 bits, or not
      numbers[i] = std::ldexp(static_cast<double>(random() % 2001) - 1000.0,
                              static_cast<int>(random() % static_cast<std::uint64_t>(spread)));
      const std::uint64_t key = random() % 6;
      keys[i] = round % 5 == 0 ? key * 0x2545f4914f6cdd1dU : key + (std::uint64_t{1} << 63);  // scattered, or near
    }
    check(drawn, numbers, keys, random);
  }
}

/// The rows of the entries that count at the k-th as-of.
inline std::vector<std::uint32_t> rows_at(const metrics::AccountEntries& entries, std::size_t k) {
  std::vector<std::uint32_t> rows;
  for (std::size_t i = 0; i < entries.rows.size(); ++i) {
    if (counts(entries, i, static_cast<std::int32_t>(k))) rows.push_back(entries.rows[i]);
  }
  return rows;
}

}  // namespace customerhealth::chance
