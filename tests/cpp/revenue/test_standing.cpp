#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "customerhealth/revenue/standing.hpp"
#include "revenue/books.hpp"

namespace customerhealth {
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

std::vector<Instant> dates(const std::vector<std::int64_t>& given) {
  std::vector<Instant> out;
  for (const std::int64_t date : given) out.push_back(day(date));
  return out;
}

std::vector<std::int64_t> amounts(const std::vector<Contract>& contracts, const std::vector<std::int64_t>& given,
                                  const View& view = {}) {
  const std::vector<Instant> at = dates(given);
  Standing standing{at, view, false};
  standing.read(contracts);
  std::vector<std::int64_t> out;
  for (std::size_t i = 0; i < at.size(); ++i)
    out.push_back(standing.is_customer(i) ? static_cast<std::int64_t>(standing.amount(i)) : -1);
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
  const std::vector<Instant> at = dates({30});
  Standing standing{at, kTwoWeeks, false};
  standing.read(std::vector{contract(10, 20, 7, 25)});
  EXPECT_EQ(standing.first(), day(25));
}

TEST(Standing, dates_are_found_for_every_number_of_them) {
  std::vector<Instant> at;
  for (std::int64_t count = 0; count < 70; ++count) {
    for (std::int64_t start = -1; start <= count; ++start) {
      const DateRange range = dates_of(contract(start, start + 3, 1), at, std::nullopt);
      std::size_t begin = 0, end = 0;
      for (const Instant date : at) {
        begin += date <= day(start) ? 1 : 0;
        end += date <= day(start + 3) ? 1 : 0;
      }
      EXPECT_EQ(range.begin, begin);
      EXPECT_EQ(range.end, end);
    }
    at.push_back(day(count));
  }
}

}  // namespace
}  // namespace customerhealth
