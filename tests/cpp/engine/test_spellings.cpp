#include <gtest/gtest.h>

#include "spellings.hpp"

namespace customerhealth::engine {
namespace {

using Texts = std::vector<std::string_view>;

TEST(Spellings, takes_off_blanks_at_both_ends_alone) {
  EXPECT_EQ(without_outer_blanks(" \t acme corp\r\n"), "acme corp");
  EXPECT_EQ(without_outer_blanks("\xC2\xA0"
                                 "acme\xC2\xA0 "),
            "acme");
  EXPECT_EQ(without_outer_blanks("acme"), "acme");
  EXPECT_EQ(without_outer_blanks(" \n "), "");
  EXPECT_EQ(without_outer_blanks(""), "");
}

TEST(Spellings, makes_one_space_of_a_run_of_blanks) {
  EXPECT_EQ(with_single_blanks("acme \t corp"), "acme corp");
  EXPECT_EQ(with_single_blanks("acme\xC2\xA0 corp \n"), "acme corp ");
  EXPECT_EQ(with_single_blanks("\xC2\xA9 acme"), "\xC2\xA9 acme");  // begins like a no-break space
  EXPECT_EQ(with_single_blanks(""), "");
}

TEST(Spellings, writes_letters_of_one_and_two_bytes_in_lower_case) {
  EXPECT_EQ(in_lower_case("ACME 12 Ltd"), "acme 12 ltd");
  EXPECT_EQ(in_lower_case("ÀÖØÞ ×÷ß"), "àöøþ ×÷ß");
  EXPECT_EQ(in_lower_case("ĀĶŁŃŹŽ ākĸłńźž"), "āķłńźž ākĸłńźž");
  EXPECT_EQ(in_lower_case("ΑΩ αω АЯ ая ЀЏ ѐџ"), "αω αω ая ая ѐџ ѐџ");
  EXPECT_EQ(in_lower_case("日本 €"), "日本 €");  // three bytes stay
  EXPECT_EQ(in_lower_case("\xC3"), "\xC3");      // half a letter
}

TEST(Spellings, knows_ids_of_salesforce_by_their_form_and_their_last_three_characters) {
  EXPECT_TRUE(is_salesforce_15("0015g00000AbcDe"));
  EXPECT_TRUE(is_salesforce_15("a0B5g00000AbcDe"));
  EXPECT_FALSE(is_salesforce_15("northwindtrader"));
  EXPECT_FALSE(is_salesforce_15("0015g00000AbcD"));
  EXPECT_FALSE(is_salesforce_15("0015g-0000AbcDe"));
  EXPECT_TRUE(is_salesforce_18("0015g00000AbcDeAAJ"));  // AbcDe: bits 0 and 3, the tenth digit
  EXPECT_TRUE(is_salesforce_18("ABCDEABCDEABCDE555"));
  EXPECT_TRUE(is_salesforce_18("abcdeabcdeabcdeAAA"));
  EXPECT_FALSE(is_salesforce_18("0015g00000AbcDeAAK"));
  EXPECT_FALSE(is_salesforce_18("0015g00000abcdeaaj"));
  EXPECT_FALSE(is_salesforce_18("0015g00000AbcDe"));
}

TEST(Spellings, knows_tokens_by_case_inside_of_words) {
  for (const char* token : {"aB3x", "AbC", "cus_NffrF", "Ab3"}) EXPECT_TRUE(is_token(token)) << token;
  for (const char* name : {"acme", "ACME", "Acme Corp", "ACME1", "acme1", ""}) EXPECT_FALSE(is_token(name)) << name;
}

TEST(Spellings, splits_lists_as_json_writes_them_and_at_ends_of_lines) {
  EXPECT_EQ(parts_of("[302, 303]").parts, (Texts{"302", "303"}));
  EXPECT_EQ(parts_of(R"(["302","a b"])").parts, (Texts{"302", "a b"}));
  EXPECT_EQ(parts_of("{302,303}").parts, (Texts{"302", "303"}));
  EXPECT_EQ(parts_of("302\r\n303\r\n").parts, (Texts{"302", "303"}));
  EXPECT_EQ(parts_of("302\t303").separator, '\t');
  EXPECT_TRUE(parts_of("[302]").parts.empty());
  EXPECT_TRUE(parts_of("[").parts.empty());
}

TEST(Spellings, splits_at_semicolons_then_bars_then_commas) {
  EXPECT_EQ(parts_of("302; 303;").parts, (Texts{"302", "303"}));
  EXPECT_EQ(parts_of("a,b|c,d").parts, (Texts{"a,b", "c,d"}));
  EXPECT_EQ(parts_of("a,b|c,d").separator, '|');
  EXPECT_EQ(parts_of("a,b").separator, ',');
  EXPECT_TRUE(parts_of("acme").parts.empty());
  EXPECT_TRUE(parts_of(";acme;").parts.empty());
  EXPECT_TRUE(parts_of("").parts.empty());
}

}  // namespace
}  // namespace customerhealth::engine
