#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <vector>

#include "revenue/books.hpp"
#include "standing.hpp"

namespace customerhealth::revenue {
namespace {

using books::day;

Contract contract(std::int64_t start, std::int64_t end, Int128 amount, std::optional<std::int64_t> known = {}) {
  Contract contract;
  contract.start = day(start);
  contract.end = day(end);
  contract.known = day(known.value_or(start));
  contract.until = kLastInstant;
  contract.amount = amount;
  return contract;
}

Dates dates(const std::vector<std::int64_t>& given) {
  std::vector<Instant> out;
  for (const std::int64_t date : given) out.push_back(day(date));
  return Dates{out};
}

std::vector<std::int64_t> amounts(const std::vector<Contract>& contracts, const std::vector<std::int64_t>& given,
                                  const View& view = {}) {
  const Dates at = dates(given);
  Standing standing{at, view, false};
  standing.read(contracts);
  std::vector<std::int64_t> out;
  for (const Standing::Stretch& stretch : standing.stretches())
    out.resize(stretch.end, stretch.is_customer ? static_cast<std::int64_t>(stretch.amount) : -1);
  return out;
}

const View kTwoWeeks{std::nullopt, Length::parse("14d")};

TEST(Standing, an_as_of_is_exclusive_of_the_start_and_inclusive_of_the_end) {
  EXPECT_EQ(amounts({contract(10, 20, 7)}, {9, 10, 11, 20, 21}), (std::vector<std::int64_t>{-1, -1, 7, 7, -1}));
}

TEST(Standing, back_to_back_contracts_leave_no_hole_and_overlapping_ones_add_up) {
  EXPECT_EQ(amounts({contract(10, 20, 7), contract(20, 30, 7)}, {20, 21}), (std::vector<std::int64_t>{7, 7}));
  EXPECT_EQ(amounts({contract(10, 20, 7), contract(15, 30, 5)}, {15, 16, 20, 21}),
            (std::vector<std::int64_t>{7, 12, 12, 5}));
}

TEST(Standing, a_free_contract_is_a_customer) {
  EXPECT_EQ(amounts({contract(10, 20, 0)}, {10, 11, 21}), (std::vector<std::int64_t>{-1, 0, -1}));
}

TEST(Standing, what_is_not_known_yet_does_not_count) {
  EXPECT_EQ(amounts({contract(10, 20, 7, 15)}, {15, 16}), (std::vector<std::int64_t>{-1, 7}));
  EXPECT_EQ(amounts({contract(10, 20, 7, 15)}, {11, 16}, View{day(16), std::nullopt}),
            (std::vector<std::int64_t>{7, 7}));
  EXPECT_EQ(amounts({contract(10, 20, 7, 15)}, {11, 16}, View{day(15), std::nullopt}),
            (std::vector<std::int64_t>{-1, -1}));
}

TEST(Standing, a_correction_takes_the_place_of_what_it_corrects) {
  Contract first = contract(10, 40, 7), second = contract(10, 40, 9, 20);
  first.until = day(20);
  EXPECT_EQ(amounts({first, second}, {11, 20, 21}), (std::vector<std::int64_t>{7, 7, 9}));
}

TEST(Standing, the_gap_holds_an_account_to_its_last_day_and_no_longer) {
  EXPECT_EQ(amounts({contract(10, 20, 7)}, {20, 21, 34, 35}, kTwoWeeks), (std::vector<std::int64_t>{7, 7, 7, -1}));
}

TEST(Standing, the_gap_holds_at_the_amount_of_the_contracts_that_ended_last) {
  EXPECT_EQ(amounts({contract(1, 15, 3), contract(10, 20, 7), contract(12, 20, 2)}, {21}, kTwoWeeks),
            (std::vector<std::int64_t>{9}));
}

TEST(Standing, known_from_later_the_gap_holds_only_where_a_contract_follows_in_time) {
  const View later{day(100), Length::parse("14d")};
  EXPECT_EQ(amounts({contract(10, 20, 7)}, {21}, later), (std::vector<std::int64_t>{-1}));
  EXPECT_EQ(amounts({contract(10, 20, 7), contract(34, 50, 1)}, {21, 34}, later), (std::vector<std::int64_t>{7, 7}));
  EXPECT_EQ(amounts({contract(10, 20, 7), contract(35, 50, 1)}, {21, 34}, later), (std::vector<std::int64_t>{-1, -1}));
}

TEST(Standing, a_contract_known_after_its_end_holds_from_then_on) {
  EXPECT_EQ(amounts({contract(10, 20, 7, 25)}, {25, 26, 34, 35}, kTwoWeeks), (std::vector<std::int64_t>{-1, 7, 7, -1}));
  const Dates at = dates({30});
  Standing standing{at, kTwoWeeks, false};
  standing.read(std::vector{contract(10, 20, 7, 25)});
  EXPECT_EQ(standing.first(), day(25));
}

TEST(Standing, neighbouring_dates_that_are_alike_are_one_stretch) {
  const Dates at = dates({9, 11, 15, 21, 25, 31, 35, 41});
  Standing standing{at, {}, false};
  for (int again = 0; again < 2; ++again) {  // nothing is left of the account before
    standing.read(std::vector{contract(10, 20, 7), contract(20, 30, 7), contract(32, 33, 9), contract(34, 40, 0)});
    std::vector<std::size_t> ends;
    for (const Standing::Stretch& stretch : standing.stretches()) ends.push_back(stretch.end);
    EXPECT_EQ(ends, (std::vector<std::size_t>{1, 5, 6, 7, 8}));
  }
  standing.read({});
  ASSERT_EQ(standing.stretches().size(), 1U);
  EXPECT_FALSE(standing.stretches()[0].is_customer);
  EXPECT_EQ(standing.stretches()[0].end, at.size());
}

TEST(Standing, stretches_reach_over_hundreds_of_dates) {
  std::vector<std::int64_t> given;
  for (std::int64_t i = 0; i < 300; ++i) given.push_back(i);
  const auto found = amounts({contract(62, 64, 1), contract(127, 129, 2), contract(191, 298, 3)}, given);
  ASSERT_EQ(found.size(), given.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    const std::int64_t expected = i > 62 && i <= 64 ? 1 : i > 127 && i <= 129 ? 2 : i > 191 && i <= 298 ? 3 : -1;
    EXPECT_EQ(found[i], expected) << i;
  }
}

TEST(Standing, the_billing_period_is_the_mean_of_those_alive_that_have_one) {
  std::vector<Contract> contracts{contract(10, 20, 1), contract(10, 20, 2), contract(10, 40, 3)};
  contracts[0].billing_period = 1.0;
  contracts[1].billing_period = 12.0;
  const Dates at = dates({10, 11, 20, 21, 41});
  Standing standing{at, {}, true};
  for (int again = 0; again < 2; ++again) {  // nothing is left of the account before
    standing.read(contracts);
    EXPECT_TRUE(std::isnan(standing.billing_period(0)));
    EXPECT_EQ(standing.billing_period(1), 6.5);
    EXPECT_EQ(standing.billing_period(2), 6.5);
    EXPECT_TRUE(std::isnan(standing.billing_period(3)));  // alive, of a contract that says nothing
    EXPECT_TRUE(std::isnan(standing.billing_period(4)));
  }
}

TEST(Standing, an_account_that_nothing_holds_forgets_what_held_the_one_before) {
  const Dates at = dates({21, 25, 34});
  Standing standing{at, kTwoWeeks, false};
  const Contract held = contract(10, 20, 7), other = contract(50, 60, 1);
  standing.read(std::vector{held});
  EXPECT_TRUE(standing.is_held_by(held, 0) && standing.is_held_by(held, 2));
  EXPECT_EQ(standing.first(), day(10));
  standing.read(std::vector{other});
  EXPECT_FALSE(standing.is_held_by(held, 0));
  ASSERT_EQ(standing.stretches().size(), 1U);
  EXPECT_FALSE(standing.stretches()[0].is_customer);
  EXPECT_EQ(standing.first(), day(50));
  standing.read({});
  EXPECT_EQ(standing.first(), kLastInstant);
}

TEST(Standing, the_gap_is_bridged_between_what_came_before_and_what_comes_after) {
  EXPECT_EQ(amounts({contract(10, 20, 7), contract(30, 40, 9)}, {20, 21, 30, 31, 40, 41, 54, 55}, kTwoWeeks),
            (std::vector<std::int64_t>{7, 7, 7, 9, 9, 9, 9, -1}));
  // Known from later, one that starts on the very day that is asked about is still to come.
  const View later{day(100), Length::parse("14d")};
  EXPECT_EQ(amounts({contract(10, 20, 7), contract(30, 40, 9)}, {30, 31}, later), (std::vector<std::int64_t>{7, 9}));
}

TEST(Standing, a_contract_that_was_taken_back_before_it_could_count_makes_no_customer) {
  Contract taken_back = contract(0, 14, 100, 19);
  taken_back.until = day(19);
  const Dates at = dates({90, 120});
  Standing standing{at, View{std::nullopt, Length::parse("1mo")}, false};
  standing.read(std::vector{taken_back, contract(99, 200, 100)});
  EXPECT_EQ(standing.first(), day(99));
  Contract for_a_day = taken_back;
  for_a_day.until = day(20);
  standing.read(std::vector{for_a_day, contract(99, 200, 100)});
  EXPECT_EQ(standing.first(), day(19));
}

TEST(Standing, what_is_known_at_one_instant_holds_for_every_date) {
  Contract first = contract(10, 40, 7, 10), second = contract(12, 40, 9, 20);
  first.until = day(20);
  const View then{day(20), std::nullopt}, later{day(21), std::nullopt};
  EXPECT_EQ(amounts({first, second}, {11, 30}, then), (std::vector<std::int64_t>{7, 7}));
  EXPECT_EQ(amounts({first, second}, {11, 30}, later), (std::vector<std::int64_t>{-1, 9}));
}

}  // namespace
}  // namespace customerhealth::revenue
