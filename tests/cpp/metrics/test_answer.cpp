#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "customerhealth/metrics/answer.hpp"

namespace customerhealth::metrics {
namespace {

TEST(Answer, is_undefined_where_no_number_came_out) {
  EXPECT_EQ(Answer::of(2.5).number, 2.5);
  EXPECT_EQ(Answer::of(2.5).reason, Reason::none);
  EXPECT_EQ(Answer::of(std::numeric_limits<double>::infinity()).reason, Reason::undefined);
  EXPECT_EQ(Answer::of(std::nan("")).reason, Reason::undefined);
}

TEST(Cells, begin_missing_and_take_numbers_instants_and_rows) {
  Cells numbers{Type::number, 3};
  EXPECT_TRUE(is_missing(numbers.view(), 0));
  const std::vector<double> of = {-0.0, std::nan("")};
  numbers.set(0, Answer::of(4), {});
  numbers.set(1, {.row = 0}, std::span<const double>{of});
  numbers.set(2, {.row = 1}, std::span<const double>{of});
  EXPECT_EQ(numbers.numbers[0], 4.0);
  EXPECT_FALSE(std::signbit(numbers.numbers[1]));
  EXPECT_EQ(numbers.reasons[2], Reason::silent);
  EXPECT_TRUE(numbers.any_missing);

  Cells instants{Type::instant, 1};
  instants.set(0, {.instant = Instant{Micros{7}}}, {});
  EXPECT_EQ(instants.instants[0], Instant{Micros{7}});
  EXPECT_FALSE(instants.any_missing);
}

TEST(Cells, take_rows_of_every_type_of_column) {
  const std::vector<std::int64_t> integers = {-1};
  const std::vector<Truth> truths = {Truth::yes};
  const std::vector<TextCode> texts = {TextCode{5}};
  Cells numbers{Type::number, 1}, flags{Type::boolean, 1}, words{Type::text, 1}, nothing{Type::any, 1};
  numbers.set(0, {.row = 0}, IntegerView{integers, {}, true});
  EXPECT_EQ(numbers.numbers[0], 0x1p64);
  flags.set(0, {.row = 0}, std::span<const Truth>{truths});
  EXPECT_EQ(flags.truths[0], Truth::yes);
  words.set(0, {.row = 0}, std::span<const TextCode>{texts});
  EXPECT_EQ(words.texts[0], TextCode{5});
  nothing.set(0, {.row = 0}, MissingView{1});
  EXPECT_EQ(nothing.reasons[0], Reason::silent);
  EXPECT_TRUE(std::holds_alternative<MissingView>(nothing.view()));
}

TEST(Cells, forget_a_value_that_turns_out_to_be_missing) {
  Cells words{Type::text, 1};
  words.texts[0] = TextCode{3};
  words.set_missing(0, Reason::stale);
  EXPECT_TRUE(is_missing(words.view(), 0));
  EXPECT_EQ(words.reasons[0], Reason::stale);
}

}  // namespace
}  // namespace customerhealth::metrics
