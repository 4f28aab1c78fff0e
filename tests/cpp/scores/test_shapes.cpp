#include <gtest/gtest.h>

#include <cmath>

#include "shapes.hpp"

namespace customerhealth::scores {
namespace {

const double kNan = std::nan("");

MeasureValues of(const std::vector<double>& numbers) { return {std::span<const double>{numbers}, numbers}; }

/// The points of numbers; -1 stands for none, so that lists compare.
std::vector<double> points(const model::Shape& shape, const std::vector<double>& numbers) {
  std::vector<double> out(numbers.size());
  shape_points(shape, of(numbers), {}, out);
  for (double& p : out) p = std::isnan(p) ? -1 : p;
  return out;
}

Reason reason(const model::Shape& shape, double number) {
  const std::vector<double> numbers{number};
  return shape_reason(shape, of(numbers), 0);
}

model::Band below(double x, std::optional<double> p) { return {x, false, p, ""}; }
model::Band up_to(double x, std::optional<double> p) { return {x, true, p, ""}; }
model::Band rest(std::optional<double> p) { return {{}, false, p, ""}; }

TEST(Bands, hold_their_values_at_either_edge) {
  const model::Shape shape = model::BandsShape{{below(0.1, 25), up_to(0.75, 62.5), rest(87.5)}};
  EXPECT_EQ(points(shape, {-5, 0.0999, 0.1, 0.75, 0.7501, 1e300, kNan}),
            (std::vector<double>{25, 25, 62.5, 62.5, 87.5, 87.5, -1}));
}

TEST(Bands, may_hold_a_single_value) {
  // Tickets in 90 days (Mattermost): none is worse than a few.
  const model::Shape shape =
      model::BandsShape{{below(0, std::nullopt), up_to(0, 12.5), up_to(2, 25), up_to(4, 18.75), rest(6.25)}};
  EXPECT_EQ(points(shape, {0, -0.0, 1, 2, 3, 4, 5}), (std::vector<double>{12.5, 12.5, 25, 25, 18.75, 18.75, 6.25}));
  const model::Shape single = model::BandsShape{{below(1, 10), up_to(1, 20), rest(30)}};
  EXPECT_EQ(points(single, {0.999, 1, 1.001}), (std::vector<double>{10, 20, 30}));
}

TEST(Bands, say_why_they_have_no_points) {
  const model::Shape shape = model::BandsShape{{below(0, std::nullopt), up_to(10, 50)}};
  EXPECT_EQ(points(shape, {-1, 10, 11}), (std::vector<double>{-1, 50, -1}));
  EXPECT_EQ(reason(shape, -1), Reason::not_applicable);
  EXPECT_EQ(reason(shape, 11), Reason::out_of_range);
  EXPECT_EQ(reason(model::BandsShape{{below(1, 10), rest(std::nullopt)}}, 1), Reason::not_applicable);
}

TEST(Curve, is_linear_between_and_flat_outside) {
  const model::Shape shape = model::CurveShape{{{0, 0}, {4, 60}, {8, 100}}};
  EXPECT_EQ(points(shape, {-1, 0, 1, 2, 4, 6, 8, 9, kNan}), (std::vector<double>{0, 0, 15, 30, 60, 80, 100, 100, -1}));
}

TEST(Curve, may_fall) {
  const model::Shape shape = model::CurveShape{{{5, 100}, {20, 0}}};
  EXPECT_EQ(points(shape, {0, 5, 12.5, 20, 30}), (std::vector<double>{100, 100, 50, 0, 0}));
}

TEST(Curve, keeps_round_values_round) {
  const model::Shape seats = model::CurveShape{{{0, 0}, {0.8, 100}}};
  EXPECT_EQ(points(seats, {0.6, 0.2, 0.8, 0.4}), (std::vector<double>{75, 25, 100, 50}));
  const model::Shape months = model::CurveShape{{{0, 0}, {12, 100}}};
  EXPECT_EQ(points(months, {3, 6, 9}), (std::vector<double>{25, 50, 75}));
}

TEST(Curve, stays_between_the_points_of_its_ends) {
  const model::Shape rising = model::CurveShape{{{0, 0.1}, {1, 0.7}}},
                     falling = model::CurveShape{{{0, 0.7}, {1, 0.1}}};
  const double last = std::nextafter(1.0, 0.0);
  EXPECT_LE(points(rising, {last})[0], 0.7);
  EXPECT_GE(points(falling, {last})[0], 0.1);
  EXPECT_EQ(points(model::CurveShape{{{0, 0.7}, {3, 0.7}}}, {0.1, 1, 2.9}), (std::vector<double>{0.7, 0.7, 0.7}));
}

TEST(Curve, is_linear_where_its_product_or_its_width_goes_beyond_the_doubles) {
  EXPECT_EQ(points(model::CurveShape{{{0, 0}, {1e307, 100}}}, {5e306}), (std::vector<double>{50}));
  EXPECT_EQ(points(model::CurveShape{{{-1.6e308, 0}, {1.6e308, 100}}}, {-1.6e308, -0.8e308, 0, 0.8e308}),
            (std::vector<double>{0, 25, 50, 75}));
}

TEST(Labels, give_points_by_text) {
  const model::Shape shape = model::LabelsShape{{{"green", 87.5}, {"red", 25}}};
  const std::vector<TextCode> labels{TextCode{7}, TextCode{2}};
  const std::vector<TextCode> texts{TextCode{2}, TextCode{7}, TextCode{3}, TextCode{}};
  const std::vector<double> none(texts.size(), kNan);
  std::vector<double> out(texts.size());
  const MeasureValues values{std::span<const TextCode>{texts}, none};
  shape_points(shape, values, {labels}, out);
  EXPECT_EQ(out[0], 25);
  EXPECT_EQ(out[1], 87.5);
  EXPECT_TRUE(std::isnan(out[2]) && std::isnan(out[3]));
  EXPECT_EQ(shape_reason(shape, values, 2), Reason::out_of_range);
}

TEST(Labels, give_points_by_boolean) {
  const std::vector<Truth> truths{Truth::yes, Truth::no, Truth::missing};
  const std::vector<double> numbers{1, 0, kNan};
  std::vector<double> out(3);
  shape_points(model::LabelsShape{{{"true", 100}}}, {std::span<const Truth>{truths}, numbers}, {}, out);
  EXPECT_EQ(out[0], 100);
  EXPECT_TRUE(std::isnan(out[1]) && std::isnan(out[2]));
}

TEST(Identity, is_the_value_itself) {
  EXPECT_EQ(points(model::IdentityShape{}, {-3, 42.5}), (std::vector<double>{-3, 42.5}));
}

TEST(FixedShapes, do_not_look_at_the_value) {
  EXPECT_EQ(points(model::FixedPoints{40}, {kNan, 3}), (std::vector<double>{40, 40}));
  EXPECT_EQ(points(model::FixedMissing{Reason::too_young}, {3}), (std::vector<double>{-1}));
  EXPECT_EQ(reason(model::FixedMissing{Reason::too_young}, 3), Reason::too_young);
  EXPECT_TRUE(model::ignores_value(model::FixedPoints{40}) && model::ignores_value(model::FixedMissing{}));
  EXPECT_FALSE(model::ignores_value(model::IdentityShape{}));
}

}  // namespace
}  // namespace customerhealth::scores
