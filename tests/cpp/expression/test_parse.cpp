#include <gtest/gtest.h>

#include "expression/formula_table.hpp"

namespace customerhealth::expression {
namespace {

std::string repeated(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

void expect_complaint(const std::string& formula, const std::string& part_of_message, const std::string& at) {
  const Complaint got = parse_complaint(formula);
  EXPECT_NE(got.message.find(part_of_message), std::string::npos) << formula << "\n  gives: " << got.message;
  EXPECT_EQ(got.at, at) << formula << "\n  gives: " << got.message;
}

std::vector<std::string> names_of(const std::string& formula) {
  std::vector<std::string> out;
  const Expression parsed = Expression::parse(formula);
  for (const Name& name : parsed.names()) out.push_back(name.to_string());
  return out;
}

TEST(Parse, lists_each_name_once_in_the_order_of_the_text) {
  EXPECT_EQ(names_of("b + a * b > accounts.segment_size and sum(m.*) > 0"),
            (std::vector<std::string>{"b", "a", "accounts.segment_size", "m.*"}));
  EXPECT_TRUE(names_of("1 + 2").empty());
}

TEST(Parse, reads_odd_names_in_double_quotes) {
  const Expression parsed = Expression::parse(R"("Total ""net""" + m."two words" + "and")");
  ASSERT_EQ(parsed.names().size(), 3U);
  EXPECT_EQ(parsed.names()[0].word, R"(Total "net")");
  EXPECT_EQ(parsed.names()[1].part, "two words");
  EXPECT_EQ(parsed.names()[2].word, "and");
  EXPECT_EQ(parsed.names()[1].position, 18);
}

TEST(Parse, writes_names_so_that_they_can_be_read_again) {
  for (const std::string name : {"seats", "\"and\"", "\"a b\"", "m.value", "m.*", "m.\"any \"\"text\"\"\"", "m.in"}) {
    EXPECT_EQ(names_of(name), std::vector<std::string>{name});
  }
}

TEST(Parse, takes_the_names_of_functions_and_date_as_names) {
  EXPECT_EQ(names_of("year > 2020 and date > as_of and count = 1"),
            (std::vector<std::string>{"year", "date", "as_of", "count"}));
}

TEST(Parse, keeps_its_text) { EXPECT_EQ(Expression::parse(" a+ 1 ").text(), " a+ 1 "); }

TEST(Parse, says_what_to_write_instead_of_other_languages) {
  expect_complaint("a == 1", "write `=`, not `==`", "== 1");
  expect_complaint("a <> 1", "write `!=`, not `<>`", "<> 1");
  expect_complaint("a && b", "write `and`", "&& b");
  expect_complaint("a || b", "write `or`", "|| b");
  expect_complaint("!a", "write `not`", "!a");
  expect_complaint("a => 1", "write `>=`", "=> 1");
  expect_complaint("a ** 2", "pow(x, y)", "** 2");
  expect_complaint("a AND b", "lower case: write `and`", "AND b");
  expect_complaint("a = True", "write `true`", "True");
  expect_complaint("a is NULL", "write `missing`, not `NULL`", "NULL");
  expect_complaint("a = null", "write `missing`, not `null`", "null");
  expect_complaint("a like 'x%'", "starts_with", "like 'x%'");
  expect_complaint("DATE '2026-01-31' > a", "write `date`", "DATE '2026-01-31' > a");
  expect_complaint("`a` > 1", "double quotes", "`a` > 1");
  expect_complaint("a = \u2018x\u2019", "straight single quotes", "\u2018x\u2019");
  expect_complaint("+1", "no `+`", "+1");
}

TEST(Parse, shows_the_place_of_what_is_wrong) {
  expect_complaint("a +", "not the end of the formula", "");
  expect_complaint("", "this formula is empty", "");
  expect_complaint("a b", "an operator or the end", "b");
  expect_complaint("(a + 1", "close the `(` at character 1", "");
  expect_complaint("a)", "closes nothing", ")");
  expect_complaint("a, b", "`,` stands only", ", b");
  expect_complaint("a < b < c", "do not chain", "< c");
  expect_complaint("(a < b < c)", "do not chain", "< c)");
  expect_complaint("a between 1", "two bounds", "");
  expect_complaint("a is 3", "`missing` or `not missing`", "3");
  expect_complaint("a not 3", "`in` or `between`", "3");
  expect_complaint("a in 3", "after `in`", "3");
  expect_complaint("a in ()", "a list holds literals", ")");
  expect_complaint("a in (x)", "a text goes in single quotes: 'x'", "x)");
  expect_complaint("a in (1 + 2)", "after the list", "+ 2)");
  expect_complaint("'open", "no closing quote", "'open");
  expect_complaint("a = \"open", "no closing double quote", "\"open");
  expect_complaint("a # b", "`#` has no meaning", "# b");
  expect_complaint("a \u00a7 b", "`\u00a7` has no meaning", "\u00a7 b");
  expect_complaint(std::string{"a\0b", 3}, "the byte 0x00", std::string{"\0b", 2});
  expect_complaint("m.5", "after the point of `m.`", "5");
  expect_complaint("date 'yesterday'", "this is no date", "'yesterday'");
  expect_complaint("and > 1", "not `and`", "and > 1");
}

TEST(Parse, shows_the_formula_with_a_caret) {
  try {
    (void)Expression::parse("a == 1");
    FAIL();
  } catch (const FormulaError& error) {
    EXPECT_STREQ(error.what(), "write `=`, not `==`\n  a == 1\n    ^");
    EXPECT_EQ(error.position(), 2);
  }
}

TEST(Parse, names_the_function_that_was_meant) {
  expect_complaint("sqr(a)", "did you mean 'sqrt'?", "sqr(a)");
  expect_complaint("ABS(a)", "lower case: abs", "ABS(a)");
  expect_complaint("1 + log(a)", "ln(x) or log10(x)", "log(a)");
  expect_complaint("clip(a, 1)", "write clip(x, lo, hi): it takes 3 arguments, not 2", "clip(a, 1)");
  expect_complaint("round(a, 1, 2)", "it takes 1 or 2 arguments, not 3", "round(a, 1, 2)");
  expect_complaint("coalesce()", "it takes at least 1 argument, not 0", "coalesce()");
  expect_complaint("min(a, b)", "least(a, b)", "min(a, b)");
}

TEST(Parse, refuses_numbers_that_do_not_fit) {
  expect_complaint("a = 18446744073709551616", "does not fit 64 bits", "18446744073709551616");
  expect_complaint("a = -9223372036854775809", "does not fit 64 bits", "-9223372036854775809");
  expect_complaint("1e999", "beyond the range", "1e999");
  expect_complaint("1e99999999999999999999", "beyond the range", "1e99999999999999999999");
  expect_complaint("1.", "after the point", "");
  expect_complaint("1e", "after the e", "");
  expect_complaint("1abc", "cannot begin with a digit", "1abc");
  expect_complaint("1_000", "cannot begin with a digit", "1_000");
  EXPECT_NO_THROW((void)Expression::parse("1e-999 + 18446744073709551615 - -9223372036854775808"));
}

TEST(Parse, goes_200_deep_and_no_deeper) {
  EXPECT_NO_THROW((void)Expression::parse(repeated("(", 200) + "1" + repeated(")", 200)));
  const std::string message = parse_complaint(repeated("(", 201) + "1" + repeated(")", 201)).message;
  EXPECT_NE(message.find("more than 200 deep"), std::string::npos) << message;
}

TEST(Parse, survives_ten_thousand_levels_of_anything) {
  for (const std::string opening : {"(", "-", "- -", "not ", "abs(", "if(true, ", "coalesce(1, ", "1 + (", "a in (-"}) {
    const Complaint got = parse_complaint(repeated(opening, 10'000) + "1");
    EXPECT_NE(got.message, "no error") << opening;
  }
}

TEST(Parse, takes_chains_of_any_length_since_they_are_not_deep) {
  for (const std::string link : {"1 + ", "1 * ", "true and ", "true or "}) {
    const std::string last = link.starts_with("1") ? "1" : "true";
    FormulaTable table;
    EXPECT_NO_THROW((void)table.evaluate(table.bind(repeated(link, 10'000) + last))) << link;
  }
}

TEST(Parse, reserves_keywords_and_functions) {
  const auto words = reserved_words();
  EXPECT_TRUE(std::ranges::is_sorted(words));
  for (const std::string_view word : {"and", "date", "missing", "months_between", "count", "if"}) {
    EXPECT_TRUE(std::ranges::binary_search(words, word)) << word;
  }
  EXPECT_FALSE(std::ranges::binary_search(words, std::string_view{"as_of"}));
  EXPECT_EQ(words.size(), 40U);  // 10 keywords, 30 functions: a change here changes what a model may be called
}

}  // namespace
}  // namespace customerhealth::expression
