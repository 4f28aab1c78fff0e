#include <gtest/gtest.h>

#include "customerhealth/common/text_pool.hpp"

namespace customerhealth {
namespace {

TEST(TextOverlay, gives_equal_texts_equal_codes) {
  TextOverlay texts;
  const TextCode red = texts.intern("red");
  EXPECT_EQ(texts.intern("red"), red);
  EXPECT_NE(texts.intern("green"), red);
  EXPECT_EQ(texts.find("green"), TextCode{1});
  EXPECT_TRUE(texts.find("blue").is_missing());
  EXPECT_EQ(texts.size(), 2);
}

TEST(TextOverlay, stands_on_the_texts_below) {
  TextOverlay base;
  const TextCode red = base.intern("red");
  TextOverlay above{base};
  EXPECT_EQ(above.intern("red"), red);
  const TextCode green = above.intern("green");
  EXPECT_EQ(green, TextCode{1});
  EXPECT_EQ(above.text(red), "red");
  EXPECT_EQ(above.text(green), "green");
  EXPECT_TRUE(base.find("green").is_missing());
}

TEST(TextOverlay, does_not_see_what_came_below_it_later) {
  TextOverlay base;
  (void)base.intern("red");
  TextOverlay above{base};
  (void)base.intern("late");
  EXPECT_TRUE(above.find("late").is_missing());
  const TextCode late = above.intern("late");
  EXPECT_EQ(late, TextCode{1});
  EXPECT_EQ(above.text(late), "late");
}

TEST(TextOverlay, keeps_its_views_while_it_grows) {
  TextOverlay texts;
  const std::string_view first = texts.text(texts.intern("x"));
  for (int i = 0; i < 1'000; ++i) (void)texts.intern(std::to_string(i));
  EXPECT_EQ(first, "x");
  EXPECT_EQ(texts.find("x"), TextCode{0});
}

}  // namespace
}  // namespace customerhealth
