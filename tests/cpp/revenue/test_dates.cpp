#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "dates.hpp"

namespace customerhealth::revenue {
namespace {

Instant at(std::int64_t micros) { return Instant{Micros{micros}}; }

std::size_t counted(const std::vector<std::int64_t>& dates, std::int64_t until) {
  return static_cast<std::size_t>(std::ranges::count_if(dates, [&](std::int64_t date) { return date <= until; }));
}

void expect_found(const std::vector<std::int64_t>& given) {
  std::vector<Instant> instants;
  for (const std::int64_t date : given) instants.push_back(at(date));
  const Dates dates{instants};
  ASSERT_EQ(dates.size(), given.size());
  for (const std::int64_t date : given) {
    for (std::int64_t around = -2; around <= 2; ++around)
      EXPECT_EQ(dates.count_until(at(date + around)), counted(given, date + around)) << date << " " << around;
  }
  EXPECT_EQ(dates.count_until(kMissingInstant), 0U);
  EXPECT_EQ(dates.count_until(kLastInstant), given.size());
}

TEST(Dates, are_found_for_every_number_of_them) {
  std::vector<std::int64_t> given;
  for (std::int64_t count = 0; count < 70; ++count) {
    expect_found(given);
    given.push_back(count * 10 - 300);
  }
}

TEST(Dates, are_found_next_to_each_other_and_far_apart) {
  expect_found({0, 1, 2});
  expect_found({-5, 0, 1, 1'000'000'000'000'000'000});
  expect_found({-4'000'000'000'000'000'000, 0, 4'000'000'000'000'000'000});
  expect_found({0, 63, 64, 65, 127, 128, 4095, 4096});
  std::vector<std::int64_t> squares;
  for (std::int64_t i = 0; i < 200; ++i) squares.push_back(i * i * 1'000'003);
  expect_found(squares);
}

}  // namespace
}  // namespace customerhealth::revenue
