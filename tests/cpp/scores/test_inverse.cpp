#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "inverse.hpp"
#include "shapes.hpp"

namespace customerhealth::scores {
namespace {

const double kUnknown = std::nan("");
const double kMax = std::numeric_limits<double>::max();

double nearest(const model::Shape& shape, double from, double least, const model::ValueDomain& domain = {}) {
  const auto found = nearest_value(shape, from, least, domain);
  return found ? found->value : std::nan("");
}

const model::BandsShape kBands{
    {{2.0, false, 90.0, ""}, {8.0, true, 10.0, ""}, {9.0, false, std::nullopt, ""}, {{}, false, 80.0, ""}}};
const model::CurveShape kTent{{{0.0, 0.0}, {8.0, 100.0}, {16.0, 0.0}}};

// An example of each shape whose points depend on the value alone; a new shape of that kind does not compile without.
model::Shape example(std::type_identity<model::BandsShape>) { return kBands; }
model::Shape example(std::type_identity<model::CurveShape>) { return kTent; }
model::Shape example(std::type_identity<model::IdentityShape>) { return model::IdentityShape{}; }
model::Shape example(std::type_identity<model::LogisticShape>) { return model::LogisticShape{3, -0.5}; }

template <class... S>
std::vector<model::Shape> examples(std::type_identity<std::variant<S...>>) {
  std::vector<model::Shape> shapes;
  const auto add = [&]<class One>(std::type_identity<One> one) {
    constexpr bool kIsOfItsValue =
        One::kFacts.reads == model::ShapeFacts::Reads::numbers && !std::is_base_of_v<model::AmongPeers, One>;
    if constexpr (kIsOfItsValue) shapes.push_back(example(one));
  };
  (add(std::type_identity<S>{}), ...);
  return shapes;
}

double points_at(const model::Shape& shape, double value) {
  const std::vector<double> values{value};
  std::vector<double> points(1);
  shape_points(shape, {std::span<const double>{values}, values}, {}, points);
  return points[0];
}

TEST(NearestValue, of_every_shape_has_enough_points_and_no_nearer_one_has) {
  for (const model::Shape& shape : examples(std::type_identity<model::Shape>{})) {
    for (const double least : {-10.0, 0.0, 10.0, 50.0, 80.0, 85.0, 99.0, 100.0, 200.0}) {
      for (double from = -20; from <= 20; from += 0.5) {
        const double found = nearest(shape, from, least);
        if (!std::isnan(found)) {
          EXPECT_GE(points_at(shape, found), least) << shape.index() << " from " << from;
        }
        for (double other = -20; other <= 20; other += 0.25) {
          if (!(points_at(shape, other) >= least)) continue;
          ASSERT_LE(std::abs(found - from), std::abs(other - from)) << shape.index() << " " << least << " " << other;
        }
      }
    }
  }
}

TEST(NearestValue, of_bands_is_the_nearest_edge_either_way) {
  EXPECT_EQ(nearest(kBands, 4, 75), std::nextafter(2.0, 0.0));
  EXPECT_EQ(nearest(kBands, 7, 75), 9);
  EXPECT_EQ(nearest(kBands, 7, 85), std::nextafter(2.0, 0.0));
  EXPECT_TRUE(std::isnan(nearest(kBands, 7, 91)));
}

TEST(NearestValue, beyond_a_closed_edge_is_the_next_double) {
  const model::BandsShape bands{{{5.0, true, 0.0, ""}, {{}, false, 50.0, ""}}};
  EXPECT_EQ(nearest(bands, 1, 50), std::nextafter(5.0, 6.0));
}

TEST(NearestValue, says_how_the_values_that_suffice_end) {
  const auto end = [](const model::Shape& shape, double from, double least, const model::ValueDomain& domain = {}) {
    return nearest_value(shape, from, least, domain)->end;
  };
  const model::BandsShape rising{{{5.0, true, 0.0, ""}, {9.0, false, 50.0, ""}, {{}, false, 80.0, ""}}};
  EXPECT_EQ(end(rising, 1, 50), RangeEnd::open);    // above 5
  EXPECT_EQ(end(rising, 1, 80), RangeEnd::closed);  // from 9
  EXPECT_EQ(end(rising, kUnknown, 50), RangeEnd::open);
  EXPECT_EQ(end(rising, 1, 50, {.low = 0, .whole = true}), RangeEnd::closed);  // 6
  EXPECT_EQ(end(rising, 1, 50, {.low = 7}), RangeEnd::closed);
  EXPECT_EQ(end(kBands, 4, 75), RangeEnd::open);    // below 2
  EXPECT_EQ(end(kBands, 9, 75), RangeEnd::closed);  // it is there
  EXPECT_EQ(end(model::IdentityShape{}, 1, 40), RangeEnd::crossing);
  EXPECT_EQ(end(model::IdentityShape{}, 50, 40), RangeEnd::closed);
  EXPECT_EQ(end(kTent, 1, 75), RangeEnd::crossing);
  EXPECT_EQ(end(kTent, 15, 75), RangeEnd::crossing);
  EXPECT_EQ(end(model::LogisticShape{4, 2}, 1, 60), RangeEnd::crossing);
  EXPECT_EQ(end(model::LogisticShape{4, -2}, 9, 60), RangeEnd::crossing);
}

TEST(NearestValue, says_which_double_beside_it_has_too_few_points) {
  const model::BandsShape up{{{5.0, true, 0.0, ""}, {{}, false, 80.0, ""}}},
      down{{{5.0, false, 80.0, ""}, {{}, false, 0.0, ""}}};
  EXPECT_EQ(nearest_value(up, 1, 50, {})->edge(), 5);
  EXPECT_EQ(nearest_value(down, 9, 50, {})->edge(), 5);
  EXPECT_DOUBLE_EQ(nearest_value(up, 1, 50, {}, {.shrinking = Shrinking{1, 1, 5}})->edge(), 5);
  EXPECT_EQ(nearest_value(up, 1, 50, {}, {.shrinking = Shrinking{1, 1, 5}})->end, RangeEnd::open);
}

TEST(NearestValue, is_the_nearer_of_neighbours_whose_distances_round_to_the_same) {
  const model::BandsShape bands{{{0.0, false, 0.0, ""}, {0.0, true, 60.0, ""}, {{}, false, 70.0, ""}}};
  EXPECT_EQ(nearest(bands, -2, 50), 0);
}

TEST(NearestValue, of_a_curve_is_where_it_crosses) {
  EXPECT_EQ(nearest(kTent, 1, 75), 6);
  EXPECT_EQ(nearest(kTent, 15, 75), 10);
  EXPECT_TRUE(nearest_value(kTent, 15, 75, {})->downward);
  EXPECT_FALSE(nearest_value(kTent, 1, 75, {})->downward);
}

TEST(NearestValue, of_a_logistic_is_where_it_has_the_points_first) {
  const model::LogisticShape rising{4, 2}, falling{4, -2}, level{4, 0};
  EXPECT_DOUBLE_EQ(nearest(rising, 1, 50), 4);
  EXPECT_EQ(nearest(rising, 1, 60, {.low = 0, .whole = true}), 5);
  EXPECT_DOUBLE_EQ(nearest(falling, 9, 50), 4);
  EXPECT_TRUE(nearest_value(falling, 9, 50, {})->downward);
  EXPECT_DOUBLE_EQ(nearest(rising, kUnknown, 50), 4);
  EXPECT_FALSE(nearest_value(rising, 1, 100.5, {}));
  EXPECT_FALSE(nearest_value(level, 1, 51, {}));
  const auto scaled = nearest_value(rising, 1, 5, {}, {.scale = {0, 10}});
  ASSERT_TRUE(scaled);
  EXPECT_DOUBLE_EQ(scaled->value, 4);
}

PeerValues peers_of(const std::vector<double>& sorted) {
  auto all = std::make_shared<SortedPeers>();
  all->add_group(sorted);
  return {std::move(all), PeersStatistic::deviation};
}

TEST(NearestValue, of_a_shape_without_peers_is_none) {
  EXPECT_FALSE(nearest_value(model::PercentileShape{}, 1, 0, {}));
  EXPECT_FALSE(nearest_value(model::ZscoreShape{}, kUnknown, 0, {}));
}

TEST(NearestValue, among_peers_is_followed_through_their_values) {
  const PeerValues peers = peers_of({10, 20, 20, 30});
  const Held held{.scale = {0, 100}, .peers = &peers};
  model::PercentileShape rank;
  EXPECT_EQ(nearest_value(rank, 10, 50, {}, held)->value, 20);
  EXPECT_EQ(nearest_value(rank, 10, 75, {}, held)->value, std::nextafter(20.0, 30.0));
  EXPECT_EQ(nearest_value(rank, 10, 75, {.whole = true}, held)->value, 21);
  EXPECT_EQ(nearest_value(rank, 10, 50, {}, held)->end, RangeEnd::closed);
  EXPECT_EQ(nearest_value(rank, 10, 75, {}, held)->end, RangeEnd::open);
  EXPECT_EQ(nearest_value(model::ZscoreShape{}, 10, 50, {}, held)->end, RangeEnd::crossing);
  rank.descending = true;
  EXPECT_EQ(nearest_value(rank, 30, 50, {}, held)->value, 20);
  EXPECT_TRUE(nearest_value(rank, 30, 50, {}, held)->downward);
  EXPECT_EQ(nearest_value(model::ZscoreShape{}, 10, 50, {}, held)->value, 20);
  EXPECT_FALSE(nearest_value(model::ZscoreShape{}, 10, 100.5, {}, held));
}

TEST(NearestValue, is_drawn_back_through_a_shrink_to_the_last_bit) {
  for (const Shrinking shrinking : {Shrinking{3, 2, 17.3}, Shrinking{-7, 2, 1.1}, Shrinking{0.1, 2.5, -4}}) {
    const auto found = nearest_value(model::IdentityShape{}, 1, 40, {}, {.shrinking = shrinking});
    ASSERT_TRUE(found);
    EXPECT_GE(shrinking(found->value), 40);
    EXPECT_LT(shrinking(std::nextafter(found->value, 1)), 40);
  }
  const auto drawn = [](const Shrinking& shrinking, double least) {
    return nearest_value(model::IdentityShape{}, 1, least, {}, {.shrinking = shrinking});
  };
  EXPECT_EQ(drawn({0, 2, 50}, 40)->value, 1);  // the mean alone counts, and suffices
  EXPECT_FALSE(drawn({0, 2, 30}, 40));
  EXPECT_FALSE(drawn({-2, 2, 30}, 40));
  EXPECT_FALSE(drawn({kUnknown, 2, 30}, 40));
  EXPECT_EQ(drawn({3, 2, 0}, -kMax)->value, 1);
  EXPECT_EQ(nearest_value(model::IdentityShape{}, kUnknown, -kMax, {}, {.shrinking = Shrinking{3, 2, 0}})->value, 0);
}

TEST(NearestValue, of_a_count_is_whole_and_possible) {
  const model::ValueDomain count{.low = 0, .whole = true};
  EXPECT_EQ(nearest(kTent, 1, 70, count), 6);
  EXPECT_EQ(nearest(kTent, 15, 70, count), 10);
  EXPECT_EQ(nearest(kBands, 4, 75, count), 1);
  EXPECT_FALSE(nearest_value(model::BandsShape{{{0.0, false, 90.0, ""}, {{}, false, 1.0, ""}}}, 3, 50, count));
}

TEST(NearestValue, of_what_is_not_known_is_the_edge_that_asks_least) {
  EXPECT_EQ(nearest(kTent, kUnknown, 75), 6);
  EXPECT_EQ(nearest(kBands, kUnknown, 75), 9);
  EXPECT_EQ(nearest(model::IdentityShape{}, kUnknown, 42), 42);
  EXPECT_EQ(nearest(model::IdentityShape{}, kUnknown, -kMax), 0);
}

TEST(NearestValue, of_a_shape_that_does_not_look_is_nothing) {
  EXPECT_FALSE(nearest_value(model::FixedPoints{50}, 1, 10, {}));
  EXPECT_FALSE(nearest_value(model::FixedMissing{}, 1, 10, {}));
}

TEST(NearestLabel, has_the_fewest_points_that_suffice) {
  const model::LabelsShape labels{{{"best", 100.0}, {"good", 80.0}, {"fine", 80.0}, {"bad", 0.0}}};
  EXPECT_EQ(nearest_label(labels, 75), 1);
  EXPECT_EQ(nearest_label(labels, 81), 0);
  EXPECT_FALSE(nearest_label(labels, 101));
}

TEST(PlaceOf, orders_doubles_one_apart) {
  for (const double number : {-kMax, -1.5, -0.0, 0.0, 5e-324, 1.0, 75.0, kMax}) {
    EXPECT_EQ(number_at(place_of(number)), number);
  }
  EXPECT_EQ(place_of(-0.0), place_of(0.0));
  EXPECT_EQ(place_of(std::nextafter(1.0, 2.0)), place_of(1.0) + 1);
  EXPECT_EQ(place_of(std::nextafter(-1.0, -2.0)), place_of(-1.0) - 1);
  EXPECT_EQ(place_of(5e-324), 1);
  EXPECT_EQ(place_of(-5e-324), -1);
}

/// The domain of a metric over some rows, as "low high whole".
std::string domain(const std::string& metric, const std::string& value = "m") {
  const model::Model model = model::Model::parse(R"({"format": 1, "tables": {
      "u": {"kind": "events", "account": "id", "time": "at"},
      "c": {"kind": "intervals", "account": "id", "start": "begins", "end": "ends"}},
    "metrics": {"m": {)" + metric + R"(}, "twice": {"formula": "2 * m"}}})");
  const auto place = std::ranges::find(model.slots, value, &model::Slot::name) - model.slots.begin();
  const model::ValueDomain found = value_domain(model, SlotIndex::at(static_cast<std::size_t>(place)));
  const auto shown = [](double edge) {
    return std::abs(edge) == kMax ? std::string{"-"} : std::to_string(edge).substr(0, 4);
  };
  return shown(found.low) + " " + shown(found.high) + (found.whole ? " whole" : "");
}

TEST(ValueDomain, is_what_an_aggregation_can_come_to) {
  for (const char* of : {"count", "count_distinct"}) {
    const std::string more = std::string{of} == "count" ? "" : R"(, "of": "n")";
    EXPECT_EQ(domain(R"("from": "u", "agg": ")" + std::string{of} + "\"" + more), "0.00 - whole") << of;
  }
  EXPECT_EQ(domain(R"("from": "u", "agg": "top_share", "of": "n")"), "0.00 1.00");
  EXPECT_EQ(domain(R"("from": "u", "agg": "completeness", "of": "n", "wanted": [1])"), "0.00 1.00");
  for (const char* of : {"std", "entropy"})
    EXPECT_EQ(domain(R"("from": "u", "of": "n", "agg": ")" + std::string{of} + "\""), "0.00 -") << of;
  for (const char* of : {"days_since_first", "days_since_last", "longest_gap"})
    EXPECT_EQ(domain(R"("from": "u", "agg": ")" + std::string{of} + "\""), "0.00 -") << of;
  for (const char* of : {"days_to_end", "days_unbroken"})
    EXPECT_EQ(domain(R"("from": "c", "agg": ")" + std::string{of} + "\""), "0.00 -") << of;
  for (const char* of : {"sum", "mean", "median", "min", "max", "first", "last"})
    EXPECT_EQ(domain(R"("from": "u", "of": "n", "agg": ")" + std::string{of} + "\""), "- -") << of;
  EXPECT_EQ(domain(R"("from": "u", "agg": "count")", "twice"), "- -");  // a formula can be anything
}

TEST(ValueDomain, of_buckets_is_that_of_what_is_made_of_them) {
  const auto then = [](const std::string& of, const std::string& summary, const std::string& window = "14d") {
    return domain(R"("from": "u", "every": "2d", "window": ")" + window + R"(", "then": ")" + summary + R"(", )" + of);
  };
  const std::string count = R"("agg": "count")", sum = R"("agg": "sum", "of": "n")";
  EXPECT_EQ(then(count, "active"), "0.00 7.00 whole");
  EXPECT_EQ(then(sum, "streak", "8d"), "0.00 4.00 whole");
  EXPECT_EQ(then(count, "min"), "0.00 - whole");
  EXPECT_EQ(then(count, "max"), "0.00 - whole");
  EXPECT_EQ(then(count, "mean"), "0.00 -");
  EXPECT_EQ(then(count, "median"), "0.00 -");
  EXPECT_EQ(then(sum, "mean"), "- -");
  EXPECT_EQ(then(sum, "std"), "0.00 -");
  EXPECT_EQ(then(count, "floored"), "0.00 - whole");
  EXPECT_EQ(then(sum, "floored"), "0.00 -");
  EXPECT_EQ(then(count, "slope"), "- -");
}

TEST(NearestValue, of_a_share_is_none_above_the_whole) {
  const model::CurveShape curve{{{0.0, 0.0}, {2.0, 100.0}}};
  const model::ValueDomain share{.low = 0, .high = 1};
  EXPECT_FALSE(nearest_value(curve, 0.5, 80, share));
  EXPECT_EQ(nearest_value(curve, 0.5, 50, share)->value, 1);
  EXPECT_DOUBLE_EQ(nearest_value(curve, 0.5, 80, {})->value, 1.6);
}

}  // namespace
}  // namespace customerhealth::scores
