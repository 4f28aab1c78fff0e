#include <gtest/gtest.h>

#include "expression/formula_table.hpp"

namespace customerhealth::expression {
namespace {

using Truths = std::vector<Truth>;
using Strings = std::vector<std::string>;

TEST(Text, is_equal_by_its_bytes) {
  FormulaTable table{3};
  table.texts("s", {"export", "Export", ""});
  EXPECT_EQ(table.truths_of("s = 'export'"), (Truths{kYes, kNo, kUnknown}));
  EXPECT_EQ(table.truths_of("s != 'export'"), (Truths{kNo, kYes, kUnknown}));
  EXPECT_EQ(table.truths_of("s = 'never seen'"), (Truths{kNo, kNo, kUnknown}));
  EXPECT_EQ(table.truths_of("s = s"), (Truths{kYes, kYes, kUnknown}));
}

TEST(Text, doubles_its_quotes) {
  FormulaTable table;
  EXPECT_EQ(table.texts_of("'it''s'"), Strings{"it's"});
  EXPECT_EQ(table.texts_of("''''"), Strings{"'"});
  EXPECT_EQ(table.truth("'' = ''"), kYes);
}

TEST(Text, is_lowered_in_ascii_only) {
  FormulaTable table{3};
  table.texts("s", {"EXPORT", "\u00c4rger", ""});
  EXPECT_EQ(table.texts_of("lower(s)"), (Strings{"export", "\u00c4rger", ""}));
  EXPECT_EQ(table.truths_of("lower(s) = 'export'"), (Truths{kYes, kNo, kUnknown}));
  EXPECT_EQ(table.truths_of("lower('ABC') = 'abc'"), (Truths{kYes, kYes, kYes}));
}

TEST(Text, is_lowered_though_it_was_bound_later) {
  FormulaTable table;
  table.texts("s", {"x"});
  const BoundExpression lowered = table.bind("lower(s)");
  const TextCode later = table.overlay().intern("Gold");  // as a formula bound after it would
  const std::vector<TextCode> column{later};
  const std::vector<ColumnView> inputs{std::span<const TextCode>{column}};
  const Column result = lowered.evaluate(inputs, 1);
  const TextCode code = std::get<std::span<const TextCode>>(result.view())[0];
  ASSERT_FALSE(code.is_missing());
  EXPECT_EQ(table.overlay().text(code), "gold");
}

TEST(Text, is_searched) {
  FormulaTable table{4};
  table.texts("s", {"admin.users", "users", "us", ""});
  EXPECT_EQ(table.truths_of("starts_with(s, 'us')"), (Truths{kNo, kYes, kYes, kUnknown}));
  EXPECT_EQ(table.truths_of("ends_with(s, 'users')"), (Truths{kYes, kYes, kNo, kUnknown}));
  EXPECT_EQ(table.truths_of("contains(s, '.')"), (Truths{kYes, kNo, kNo, kUnknown}));
  EXPECT_EQ(table.truths_of("contains(s, '')"), (Truths{kYes, kYes, kYes, kUnknown}));
  EXPECT_EQ(table.truths_of("starts_with('literal', 'lit')"), (Truths{kYes, kYes, kYes, kYes}));
  EXPECT_EQ(table.truths_of("contains(missing, 'x')"), Truths(4, kUnknown));
}

TEST(Text, is_searched_twice_with_the_same_answer) {
  FormulaTable table{2};
  table.texts("s", {"ab", "cd"});
  const BoundExpression bound = table.bind("contains(s, 'b')");
  for (int i = 0; i < 2; ++i) {
    const Column column = table.evaluate(bound);
    const auto truths = std::get<std::span<const Truth>>(column.view());
    EXPECT_EQ((Truths{truths.begin(), truths.end()}), (Truths{kYes, kNo}));
  }
}

TEST(Text, is_chosen) {
  FormulaTable table{3};
  table.numbers("x", {1, 9, kNan}).texts("s", {"a", "", "c"});
  EXPECT_EQ(table.texts_of("if(x > 5, 'high', 'low')"), (Strings{"low", "high", ""}));
  EXPECT_EQ(table.texts_of("coalesce(s, 'none')"), (Strings{"a", "none", "c"}));
}

}  // namespace
}  // namespace customerhealth::expression
