#include <gtest/gtest.h>

#include <numeric>
#include <set>

#include "customerhealth/common/exact_sum.hpp"
#include "metrics/entries_of_chance.hpp"
#include "picked.hpp"
#include "running.hpp"

namespace customerhealth::metrics {
namespace {

constexpr std::int32_t kAsOfs = 12;

using chance::rows_at;

/// The same as chance::for_many_entries, for the as-ofs of this file.
template <class Check>
void for_many(std::uint64_t seed, const Check& check) {
  chance::for_many_entries(seed, kAsOfs, check);
}

TEST(EachAsOf, picks_the_entries_that_count) {
  for_many(1, [](const chance::Drawn& drawn, const auto&, const auto&, auto&) {
    const std::vector<Instant> edges(kAsOfs);
    for (std::size_t a = 0; a < drawn.entries.account_count(); ++a) {
      const AccountEntries entries = drawn.account(a);
      std::int32_t visits = 0;
      each_as_of(entries, edges, [&](std::size_t k, const Picked& picked) {
        ++visits;
        EXPECT_EQ(std::vector(picked.rows.begin(), picked.rows.end()), rows_at(entries, k));
        EXPECT_EQ(picked.times.size(), picked.rows.size());
      });
      EXPECT_EQ(visits, kAsOfs);
    }
  });
}

TEST(RunningCount, counts_what_counts) {
  RunningScratch scratch;
  for_many(2, [&](const chance::Drawn& drawn, const auto&, const auto&, auto&) {
    for (std::size_t a = 0; a < drawn.entries.account_count(); ++a) {
      const AccountEntries entries = drawn.account(a);
      std::vector<double> out(kAsOfs, -1);
      running_count(entries, scratch, out);
      for (std::int32_t k = 0; k < kAsOfs; ++k) {
        EXPECT_EQ(out[static_cast<std::size_t>(k)],
                  static_cast<double>(rows_at(entries, static_cast<std::size_t>(k)).size()));
      }
    }
  });
}

TEST(RunningSum, is_the_exact_sum_of_what_counts) {
  RunningScratch scratch;
  for_many(3, [&](const chance::Drawn& drawn, const std::vector<double>& numbers, const auto&, auto&) {
    const SumRows rows{drawn.entries, numbers};
    for (std::size_t a = 0; a < drawn.entries.account_count(); ++a) {
      std::vector<double> out(kAsOfs, -1);
      running_sum(drawn.account(a), rows, numbers, a, scratch, out);
      for (std::int32_t k = 0; k < kAsOfs; ++k) {
        ExactSum sum;
        for (const auto row : rows_at(drawn.account(a), static_cast<std::size_t>(k))) sum.add(numbers[row]);
        EXPECT_EQ(out[static_cast<std::size_t>(k)], sum.value());
      }
    }
  });
}

TEST(RunningDistinct, counts_different_values_whether_rows_were_late_or_not) {
  RunningScratch scratch;
  for_many(4, [&](const chance::Drawn& drawn, const auto&, const std::vector<std::uint64_t>& keys, auto&) {
    for (std::size_t a = 0; a < drawn.entries.account_count(); ++a) {
      const AccountEntries entries = drawn.account(a);
      std::vector<double> out(kAsOfs, -1);
      running_distinct(entries, keys, scratch, out);
      for (std::int32_t k = 0; k < kAsOfs; ++k) {
        std::set<std::uint64_t> different;
        for (const auto row : rows_at(entries, static_cast<std::size_t>(k))) different.insert(keys[row]);
        EXPECT_EQ(out[static_cast<std::size_t>(k)], static_cast<double>(different.size()));
      }
    }
  });
}

TEST(RunningFirst, finds_the_first_in_a_given_order_that_counts) {
  RunningScratch scratch;
  for_many(5, [&](const chance::Drawn& drawn, const auto&, const auto&, std::mt19937_64& random) {
    for (std::size_t a = 0; a < drawn.entries.account_count(); ++a) {
      const AccountEntries entries = drawn.account(a);
      std::vector<std::int32_t> order(entries.rows.size()), out(kAsOfs, -9);
      std::iota(order.begin(), order.end(), 0);
      std::ranges::shuffle(order, random);
      running_first(entries, order, scratch, out);
      for (std::int32_t k = 0; k < kAsOfs; ++k) {
        const auto first = std::ranges::find_if(
            order, [&](std::int32_t entry) { return chance::counts(entries, static_cast<std::size_t>(entry), k); });
        EXPECT_EQ(out[static_cast<std::size_t>(k)], first == order.end() ? -1 : *first);
      }
    }
  });
}

}  // namespace
}  // namespace customerhealth::metrics
