#include <gtest/gtest.h>

#include <cmath>

#include "customerhealth/common/column.hpp"

namespace customerhealth {
namespace {

TEST(Column, keeps_its_values_alive) {
  ColumnView view;
  Column copy;
  {
    const Column column{std::vector<double>{1.0, std::nan(""), 3.0}};
    copy = column;
  }
  view = copy.view();
  EXPECT_EQ(rows_of(view), 3U);
  EXPECT_EQ(type_of(view), Type::number);
  EXPECT_FALSE(is_missing(view, 0));
  EXPECT_TRUE(is_missing(view, 1));
}

TEST(Column, knows_what_is_missing_in_every_type) {
  EXPECT_TRUE(is_missing(Column{std::vector<Truth>{Truth::missing}}.view(), 0));
  EXPECT_FALSE(is_missing(Column{std::vector<Truth>{Truth::no}}.view(), 0));
  EXPECT_TRUE(is_missing(Column{std::vector<TextCode>{TextCode{}}}.view(), 0));
  EXPECT_FALSE(is_missing(Column{std::vector<TextCode>{TextCode{0}}}.view(), 0));
  EXPECT_TRUE(is_missing(Column{std::vector<Instant>{kMissingInstant}}.view(), 0));
  EXPECT_FALSE(is_missing(Column{std::vector<Instant>{Instant{}}}.view(), 0));
  EXPECT_TRUE(is_missing(ColumnView{MissingView{1}}, 0));
}

TEST(Column, slices_integers_with_their_validity) {
  const std::vector<std::int64_t> values{1, 2, -1, 4};
  const std::vector<std::uint8_t> valid{1, 0, 1, 1};
  const ColumnView whole = IntegerView{values, valid, true};
  const ColumnView part = slice(whole, 1, 2);
  EXPECT_EQ(rows_of(part), 2U);
  EXPECT_TRUE(is_missing(part, 0));
  EXPECT_EQ(std::get<IntegerView>(part).number(1), 18446744073709551615.0);
  EXPECT_EQ(std::get<IntegerView>(part).exact(1), (Int128{1} << 64) - 1);
  EXPECT_TRUE(std::get<IntegerView>(slice(IntegerView{values, {}, false}, 2, 2)).valid.empty());
  EXPECT_EQ(rows_of(slice(MissingView{9}, 3, 4)), 4U);
}

TEST(Type, has_a_name_for_messages) {
  EXPECT_EQ(to_string(Type::number), "number");
  EXPECT_EQ(to_string(Type::instant), "instant");
}

}  // namespace
}  // namespace customerhealth
