#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

#include "customerhealth/metrics/entries.hpp"

// Entries as no table would bring them, for properties.
namespace customerhealth::chance {

struct Drawn {
  Entries entries;
  std::vector<std::int32_t> until;  // with a window's begin worked in
  std::size_t rows = 0;             // of the block
};

/// Plain: `from` ascends, all count to the end but for the window, whose ends ascend too.
inline Drawn entries(std::mt19937_64& random, std::size_t accounts, std::int32_t as_ofs, bool plain) {
  const auto below = [&](std::int32_t n) {
    return static_cast<std::int32_t>(random() % static_cast<std::uint64_t>(n));
  };
  Drawn drawn;
  Entries& out = drawn.entries;
  out.plain = plain;
  out.begins.push_back(0);
  for (std::size_t a = 0; a < accounts; ++a) {
    const std::int32_t count = below(4) == 0 ? 0 : below(30);
    std::vector<std::int32_t> from, window;
    for (std::int32_t i = 0; i < count; ++i) {
      from.push_back(below(as_ofs));
      window.push_back(below(as_ofs + 1));
    }
    if (plain) std::ranges::sort(from), std::ranges::sort(window);
    for (std::size_t i = 0; i < from.size(); ++i) {
      out.rows.push_back(static_cast<std::uint32_t>(drawn.rows++));
      if (below(5) == 0) ++drawn.rows;  // a row of the block that never counts
      out.times.emplace_back(Micros{static_cast<std::int64_t>(i / 2)});
      out.from.push_back(from[i]);
      out.until.push_back(plain ? as_ofs : from[i] + 1 + below(as_ofs - from[i]));
      drawn.until.push_back(std::max(from[i], std::min(out.until.back(), window[i])));
    }
    out.begins.push_back(static_cast<std::int64_t>(out.rows.size()));
  }
  return drawn;
}

}  // namespace customerhealth::chance
