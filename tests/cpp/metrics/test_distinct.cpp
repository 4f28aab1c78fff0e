#include <gtest/gtest.h>

#include <set>

#include "distinct.hpp"
#include "metrics/entries_of_chance.hpp"

namespace customerhealth::metrics {
namespace {

constexpr std::int32_t kAsOfs = 12;

/// Draws keys of each form: few and near, few and scattered, many, ascending with time.
std::vector<std::uint64_t> keys_of(const chance::Drawn& drawn, int form, std::mt19937_64& random) {
  std::vector<std::uint64_t> keys(drawn.rows);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const std::uint64_t few = random() % 6, many = random() % 200;
    keys[i] = form == 0   ? few + (std::uint64_t{1} << 63)
              : form == 1 ? few * 0x2545f4914f6cdd1dU
              : form == 2 ? many
              : form == 3 ? many * 0x2545f4914f6cdd1dU
                          : i / 3;
  }
  return keys;
}

TEST(DistinctRows, counts_different_values_in_every_form) {
  std::mt19937_64 random{71};
  RunningScratch scratch;
  for (int round = 0; round < 400; ++round) {
    SCOPED_TRACE(round);
    const chance::Drawn drawn = chance::entries(random, 4, kAsOfs, true);
    const auto keys = keys_of(drawn, round % 5, random);
    const auto first_edge = static_cast<std::size_t>(drawn.window.begin.front());
    const DistinctRows rows{drawn.entries, keys, drawn.before, drawn.edges, first_edge};
    for (std::size_t a = 0; a < drawn.entries.account_count(); ++a) {
      const AccountEntries entries = drawn.account(a);
      std::vector<double> out(kAsOfs, -1);
      rows.count(a, entries, drawn.window, scratch, out);
      for (std::int32_t k = 0; k < kAsOfs; ++k) {
        std::set<std::uint64_t> different;
        for (std::size_t i = 0; i < entries.rows.size(); ++i) {
          if (chance::counts(entries, i, k)) different.insert(keys[entries.rows[i]]);
        }
        EXPECT_EQ(out[static_cast<std::size_t>(k)], static_cast<double>(different.size()));
      }
    }
  }
}

TEST(DistinctRows, counts_more_values_than_a_word_has_bits) {
  Entries entries;
  entries.plain = entries.whole = true;
  entries.begins = {0, 1000};
  for (std::uint32_t i = 0; i < 1000; ++i) {
    entries.rows_owned.push_back(i);
    entries.times_owned.emplace_back(Micros{i});
  }
  entries.rows = entries.rows_owned;
  entries.times = entries.times_owned;
  std::vector<std::uint64_t> keys;
  for (std::uint64_t i = 0; i < 1000; ++i) keys.push_back(i * 37 % 150);
  const std::vector<std::int32_t> before{0, 100, 400, 1000};
  const Timeline::Window window{{0, 1, 1}, {1, 2, 3}};
  RunningScratch scratch;
  std::vector<double> out(3);
  const Runs runs = runs_of(before, before.size(), window);
  const DistinctRows rows{entries, keys, before, before.size(), 0};
  rows.count(0, account_entries(entries, runs, 0), window, scratch, out);
  EXPECT_EQ(out, (std::vector<double>{100, 150, 150}));
}

}  // namespace
}  // namespace customerhealth::metrics
