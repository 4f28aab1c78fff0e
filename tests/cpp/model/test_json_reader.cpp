#include <gtest/gtest.h>

#include "model/documents.hpp"

namespace customerhealth::model {
namespace {

/// The only problem's message, and the byte it points at.
std::pair<std::string, std::int64_t> failure(const std::string& text) {
  try {
    (void)Model::parse(text);
  } catch (const ModelError& error) {
    return {error.problems().front().path + "|" + error.problems().front().message,
            error.problems().front().position.value_or(-1)};
  }
  return {"no error", -1};
}

using Failure = std::pair<std::string, std::int64_t>;

TEST(Json, names_the_byte_where_the_text_breaks) {
  EXPECT_EQ(failure("{\"format\": 1,\n \"name\" 2}"),
            (Failure{"|not JSON: unexpected number literal; expected ':' (byte 22, line 2, column 9)", 22}));
  EXPECT_EQ(failure(R"({"a": 1,})"),
            (Failure{"|not JSON: unexpected '}'; expected string literal (byte 8, line 1, column 9)", 8}));
}

TEST(Json, names_the_byte_where_the_text_is_cut_off) {
  EXPECT_EQ(failure(R"({"a": 1)"),
            (Failure{"|not JSON: unexpected end of input; expected '}' (byte 7, line 1, column 8)", 7}));
  EXPECT_EQ(failure("").second, 0);
  const std::string whole = document({.metrics = R"({"a": {"formula": "1 + 2.5e0"}})"});
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_EQ(failure(whole.substr(0, length)).first.substr(0, 10), "|not JSON:") << length;
  }
  EXPECT_EQ(problems_of(whole), Lines{});
}

TEST(Json, names_the_byte_that_is_not_utf8) {
  EXPECT_EQ(failure("{\"a\": \"\xff\"}"), (Failure{"|not JSON: this is not UTF-8 (byte 7, line 1, column 8)", 7}));
  EXPECT_EQ(failure("{\"\xc3\xa9\": \"\xc0\x80\"}").second, 8);  // overlong; the column counts letters
  EXPECT_EQ(failure("{\"\xc3\xa9\": \"\xc0\x80\"}").first, "|not JSON: this is not UTF-8 (byte 8, line 1, column 8)");
  EXPECT_EQ(failure("\"\xed\xa0\x80\"").second, 1);      // a surrogate
  EXPECT_EQ(failure("\"\xf5\x80\x80\x80\"").second, 1);  // beyond U+10FFFF
  EXPECT_EQ(failure("\"\xe2\x82").second, 1);            // cut short
  EXPECT_EQ(failure("\"\xf0\x9f\x98\x80\"").first, "|expected an object, got the text '\xf0\x9f\x98\x80'");
}

TEST(Json, refuses_what_follows_the_document) {
  EXPECT_EQ(failure("{} x").second, 3);
  EXPECT_EQ(failure(std::string{"{}\0x", 4}), (Failure{"|not JSON: a null byte (byte 2, line 1, column 3)", 2}));
}

TEST(Json, stops_at_a_depth_no_model_needs) {
  EXPECT_EQ(failure(std::string(10'000, '[')).first, "|nested more than 100 levels deep");
  std::string objects;
  for (int i = 0; i < 10'000; ++i) objects += R"({"a":)";
  EXPECT_EQ(failure(objects).first, "|nested more than 100 levels deep");
  EXPECT_EQ(failure(std::string(100, '[') + std::string(100, ']')).first, "|expected an object, got a list");
}

TEST(Json, refuses_a_key_given_twice) {
  EXPECT_EQ(problems_of(R"({"format": 1, "metrics": {"a": {"formula": "1", "formula": "2"}, "a": {"formula": "3"}}})"),
            (Lines{"metrics.a.formula: this key is given twice", "metrics.a: this key is given twice"}));
  EXPECT_EQ(problems_of(R"({"format": 1, "format": 1})"), Lines{"format: this key is given twice"});
}

TEST(Json, refuses_numbers_that_do_not_fit) {
  EXPECT_EQ(failure(R"({"format": 1, "scores": {"s": {"scale": [0, 1e999]}}})").first,
            "scores.s.scale[1]|the number 1e999 is too large for a 64-bit float");
  EXPECT_EQ(problems_of(R"({"format": 1, "metrics": {"m": {"formula": "1"}}, "include": 18446744073709551616})"),
            (Lines{"include: expected a formula (a text); got the number 18446744073709551616",
                   "include: the integer 18446744073709551616 does not fit into 64 bits"}));
}

TEST(Json, keeps_integers_exact_to_64_bits) {
  const Model parsed = model_of_metrics(R"({"m": {"from": "usage", "agg": "count", "by": {"column": "c", "values":
      [9007199254740993, -9223372036854775808, 18446744073709551615, 2.0, 0.5, 1e300, -0.0]}}})");
  const auto& values = std::get<Aggregate>(parsed.metrics[0].source).by->values;
  EXPECT_EQ(std::get<std::int64_t>(values[0].value), 9007199254740993);
  EXPECT_EQ(std::get<std::int64_t>(values[1].value), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(std::get<std::uint64_t>(values[2].value), 18446744073709551615U);
  EXPECT_EQ(std::get<std::int64_t>(values[3].value), 2);
  EXPECT_EQ(std::get<double>(values[4].value), 0.5);
  EXPECT_EQ(std::get<double>(values[5].value), 1e300);
  EXPECT_EQ(std::get<std::int64_t>(values[6].value), 0);
  EXPECT_EQ(parsed.slots[1].name, "m.9007199254740993");
  EXPECT_EQ(parsed.slots[3].name, "m.18446744073709551615");
  EXPECT_EQ(parsed.slots[4].name, "m.2");
  EXPECT_EQ(parsed.slots[5].name, "m.0.5");
}

}  // namespace
}  // namespace customerhealth::model
