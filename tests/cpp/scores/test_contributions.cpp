#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <random>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/scores/contributions.hpp"
#include "scores/sheet.hpp"

namespace customerhealth::scores {
namespace {

using testing::kNan;
using testing::Sheet;
using Names = std::vector<std::string>;

TEST(Contributions, are_shares_of_the_points) {
  Sheet sheet{R"({"s": {"measures": {
      "x": {"value": "a.x", "identity": true}, "y": {"value": "a.y", "identity": true, "weight": 2},
      "z": {"value": "a.z", "identity": true, "weight": 3}, "shown": {"value": "a.x", "identity": true, "weight": 0}}}})"};
  sheet.numbers("a.x", {75}).numbers("a.y", {30}).numbers("a.z", {kNan}).work_out();
  const Sheet::Parts parts = sheet.parts("s", Depth::one_level);
  EXPECT_EQ(parts.names, (Names{"x", "y", "z", "shown"}));
  EXPECT_EQ(parts.contribution, (std::vector<double>{25, 20, 0, 0}));
  EXPECT_EQ(parts.weight, (std::vector<double>{1.0 / 3, 2.0 / 3, 0, 0}));
  EXPECT_EQ(parts.points[parts.at("shown")], 75);
  EXPECT_TRUE(std::isnan(parts.points[parts.at("z")]));
  EXPECT_EQ(parts.reasons[parts.at("z")], Reason::silent);
}

TEST(Contributions, show_what_caps_rounding_and_clamping_did) {
  Sheet sheet{R"({"s": {"combine": "sum", "round": 0, "measures": {
        "x": {"value": "a.x", "identity": true, "weight": 2}, "y": {"value": "a.y", "identity": true}},
      "caps": [{"name": "low", "when": "a.y < 0", "at_most": 60.4}, {"name": "off", "when": "a.x > 99", "set": 0}]}})"};
  sheet.numbers("a.x", {70}).numbers("a.y", {-10}).work_out();
  const Sheet::Parts parts = sheet.parts("s", Depth::one_level);
  EXPECT_EQ(parts.names, (Names{"x", "y", "cap:low", "cap:off", "round", "clamp"}));
  EXPECT_EQ(parts.contribution[0], 140);
  EXPECT_EQ(parts.contribution[1], -10);
  EXPECT_DOUBLE_EQ(parts.contribution[2], 60.4 - 100);
  EXPECT_EQ(parts.contribution[3], 0);
  EXPECT_NEAR(parts.contribution[4], -0.4, 1e-12);
  EXPECT_EQ(parts.contribution[5], -30);
  EXPECT_EQ(parts.weight[0], 2);  // as written
  EXPECT_EQ(parts.value[parts.at("cap:low")], 60.4);
  EXPECT_TRUE(std::isnan(parts.value[parts.at("cap:off")]));
  EXPECT_NEAR(parts.total(0), 60, 1e-12);
}

TEST(Contributions, give_all_to_the_first_of_the_lowest) {
  Sheet sheet{R"({"s": {"combine": "lowest", "measures": {"x": {"value": "a.x", "identity": true},
      "y": {"value": "a.y", "identity": true}, "z": {"value": "a.z", "identity": true}}}})"};
  sheet.numbers("a.x", {40}).numbers("a.y", {20}).numbers("a.z", {20}).work_out();
  EXPECT_EQ(sheet.parts("s", Depth::one_level).contribution, (std::vector<double>{0, 20, 0}));
}

TEST(Contributions, of_a_missing_score_are_missing_and_say_why) {
  Sheet sheet{R"({"s": {"least_coverage": 0.9, "measures": {"x": {"value": "a.x", "identity": true},
      "y": {"value": "a.y", "identity": true}}, "round": 1}})"};
  sheet.numbers("a.x", {40}).numbers("a.y", {kNan}).reasons("a.y", {Reason::never}).work_out();
  const Sheet::Parts parts = sheet.parts("s", Depth::one_level);
  for (const double contribution : parts.contribution) EXPECT_TRUE(std::isnan(contribution));
  EXPECT_EQ(parts.points[0], 40);
  EXPECT_EQ(parts.weight[0], 1);
  EXPECT_EQ(parts.reasons, (std::vector<Reason>{Reason::coverage, Reason::never, Reason::coverage, Reason::coverage}));
}

constexpr const char* kNested = R"({
    "top": {"scale": [0, 10], "measures": {
        "part": {"score": "inner", "weight": 3, "missing": {"silent": "skip", "else": 4}},
        "x": {"value": "a.x", "identity": true}}},
    "inner": {"scale": [1, 5], "measures": {"y": {"value": "a.y", "identity": true}, "z": {"value": "a.z", "identity": true}},
              "caps": [{"name": "c", "when": "a.x = 7", "at_most": 2}]}})";

TEST(Contributions, go_down_to_the_leaves) {
  Sheet sheet{kNested};
  sheet.numbers("a.x", {6, 7}).numbers("a.y", {2, 3}).numbers("a.z", {4, 4}).work_out();
  const Sheet::Parts parts = sheet.parts("top", Depth::deep);
  EXPECT_EQ(parts.names, (Names{"part.y", "part.z", "part.cap:c", "part.clamp", "part.offset", "x"}));
  // inner is (2 + 4) / 2 = 3, a point of it is 2.5 of top, three quarters of which count.
  EXPECT_DOUBLE_EQ(parts.contribution[parts.at("part.y")], 1 * 2.5 * 0.75);
  EXPECT_DOUBLE_EQ(parts.contribution[parts.at("part.z")], 2 * 2.5 * 0.75);
  EXPECT_EQ(parts.contribution[parts.at("part.cap:c")], 0);
  EXPECT_DOUBLE_EQ(parts.contribution[parts.at("part.offset")], -2.5 * 0.75);
  EXPECT_EQ(parts.contribution[parts.at("x")], 1.5);
  EXPECT_EQ(parts.weight[parts.at("part.y")], 0.375);
  EXPECT_EQ(parts.points[parts.at("part.y")], 2);
  EXPECT_DOUBLE_EQ(parts.contribution[parts.at("part.cap:c", 1)], -1.5 * 2.5 * 0.75);
  for (std::size_t row = 0; row < 2; ++row) EXPECT_NEAR(parts.total(row), sheet.of("top").score[row], 1e-12);
}

TEST(Contributions, show_points_by_policy_for_a_nested_score_as_its_offset) {
  Sheet sheet{kNested};
  sheet.numbers("a.x", {6}).numbers("a.y", {kNan}).numbers("a.z", {kNan}).work_out();
  const Sheet::Parts parts = sheet.parts("top", Depth::deep);
  EXPECT_EQ(sheet.of("top").score[0], (3 * 4 + 6) / 4.0);
  EXPECT_EQ(parts.contribution[parts.at("part.offset")], 3);
  EXPECT_EQ(parts.points[parts.at("part.offset")], 4);
  EXPECT_EQ(parts.reasons[parts.at("part.offset")], Reason::coverage);
  EXPECT_EQ(parts.contribution[parts.at("part.y")], 0);
  EXPECT_EQ(parts.reasons[parts.at("part.y")], Reason::silent);
}

TEST(Contributions, leave_out_the_values_that_nobody_wants) {
  Sheet sheet{R"({"inner": {"measures": {"x": {"value": "a.x", "identity": true}}},
      "s": {"measures": {"i": {"score": "inner"}, "x": {"value": "a.x", "identity": true},
                         "y": {"value": "a.x + a.y", "identity": true}},
            "caps": [{"name": "low", "at_most": 40}]}})"};
  sheet.numbers("a.x", {50, kNan}).numbers("a.y", {10, 20}).work_out();
  for (const Depth depth : {Depth::one_level, Depth::deep}) {
    const Contributions contributions{sheet.bound("s"), depth};
    const Sheet::Parts all = sheet.parts("s", depth);
    std::vector<std::int32_t> places;
    std::vector<double> wanted;
    for (std::size_t part = 0; part < all.names.size(); ++part) {
      const bool is_shown = contributions.parts()[part].value.has_value();
      EXPECT_EQ(is_shown, part < 2) << all.names[part];  // a score or a name alone; not a formula, a cap, a clamp
      places.push_back(is_shown ? -1 : static_cast<std::int32_t>(part) - 2);
      if (!is_shown) wanted.insert(wanted.end(), &all.value[2 * part], &all.value[2 * part] + 2);
    }
    std::vector<double> value(wanted.size()), points(all.points.size()), weight(points), contribution(points);
    std::vector<Reason> reasons(points.size());
    contributions.fill(sheet.frame(), {2, value, points, weight, contribution, reasons, places});
    const auto bits = [](const std::vector<double>& numbers) {
      std::vector<std::uint64_t> out;
      for (const double number : numbers) out.push_back(std::isnan(number) ? 1 : std::bit_cast<std::uint64_t>(number));
      return out;
    };
    EXPECT_EQ(bits(value), bits(wanted));
    EXPECT_EQ(bits(points), bits(all.points));
    EXPECT_EQ(bits(weight), bits(all.weight));
    EXPECT_EQ(bits(contribution), bits(all.contribution));
    EXPECT_EQ(reasons, all.reasons);
  }
}

TEST(Contributions, have_no_offset_where_scales_begin_alike) {
  Sheet sheet{R"({"top": {"measures": {"part": {"score": "inner"}}},
                  "inner": {"scale": [0, 10], "measures": {"y": {"value": "a.y", "identity": true}}}})"};
  sheet.numbers("a.y", {4}).work_out();
  EXPECT_EQ(sheet.parts("top", Depth::deep).names, (Names{"part.y"}));
  EXPECT_EQ(sheet.parts("top", Depth::deep).contribution, (std::vector<double>{40}));
}

TEST(Contributions, of_many_levels_do_not_use_up_the_memory) {
  std::string scores = R"("s0": {"measures": {"x": {"value": "a.x", "identity": true}}})";
  for (int i = 1; i < 40; ++i) {
    const std::string below = R"({"score": "s)" + std::to_string(i - 1) + R"("})";
    scores += R"(, "s)" + std::to_string(i) + R"(": {"measures": {"l": )" + below + R"(, "r": )" + below + "}}";
  }
  Sheet sheet{"{" + scores + "}"};
  sheet.numbers("a.x", {4}).work_out();
  EXPECT_EQ(sheet.parts("s39", Depth::one_level).names.size(), 2U);
  EXPECT_EQ(sheet.parts("s10", Depth::deep).names.size(), 1024U);
  EXPECT_THROW((void)sheet.parts("s39", Depth::deep), Error);
}

// ---- any score is the sum of its parts

/// Scores that nobody would write: three levels, every shape, policy, way to combine, cap and scale.
class RandomScores {
 public:
  explicit RandomScores(unsigned seed) : random_{seed} {}

  std::string document() {
    return "{\"leaf\": " + score({}) + ", \"other\": " + score({}) + ", \"mid\": " + score({"leaf", "other"}) +
           ", \"top\": " + score({"mid", "leaf", "other"}) + "}";
  }
  std::vector<double> column(std::size_t rows) {
    std::vector<double> out(rows);
    for (double& value : out)
      value = chance(0.2) ? kNan : pick({-3.0, 0.0, 0.1, 1.0, 7.5, 50.0, 120.0, uniform() * 100});
    return out;
  }
  std::vector<Reason> reasons(std::size_t rows) {
    std::vector<Reason> out(rows);
    for (Reason& reason : out) reason = pick({Reason::never, Reason::silent, Reason::stale, Reason::not_applicable});
    return out;
  }

 private:
  double uniform() { return std::uniform_real_distribution<double>{0, 1}(random_); }
  bool chance(double p) { return uniform() < p; }
  template <class T>
  T pick(std::initializer_list<T> choices) {
    return *(choices.begin() + static_cast<std::ptrdiff_t>(uniform() * static_cast<double>(choices.size())));
  }
  std::string name() { return pick<std::string>({"a.x", "a.y", "a.z", "a.x / a.y", "a.z - a.x"}); }

  std::string shape() {
    return pick<std::string>(
        {R"("identity": true)", R"("curve": [[0, 90], [10, 20], [60, 70]])",
         R"("bands": [{"below": 0, "points": null}, {"up_to": 1, "points": 20}, {"below": 60, "points": 80}])",
         R"("cases": [{"when": "a.x > 5", "points": 30}, {"when": "a.y > 1", "identity": true}])",
         R"("cases": [{"when": "a.z < 1", "missing": "too_young"}, {"curve": [[-1, 0], [100, 100]]}])"});
  }
  std::string policy() {
    return pick<std::string>({"", R"(, "missing": 35)", R"(, "missing": {"silent": 0, "else": "skip"})",
                              R"(, "missing": {"stale": "fail", "never": 12.5, "else": "skip"})",
                              R"(, "missing": {"coverage": 5, "not_applicable": 60, "else": "skip"})"});
  }
  std::string score(const std::vector<std::string>& nested) {
    std::string out = R"({"scale": )" + pick<std::string>({"[0, 100]", "[0, 10]", "[1, 5]", "[-50, 50]"}) +
                      R"(, "combine": ")" + pick<std::string>({"mean", "mean", "sum", "lowest", "highest"}) +
                      R"(", "least_coverage": )" + pick<std::string>({"0", "0", "0.4"}) + R"(, "measures": {)";
    int count = 0;
    const auto add = [&](const std::string& source) {
      out += (count == 0 ? "\"m" : ", \"m") + std::to_string(count) + "\": {" + source + R"(, "weight": )" +
             (count == 0 ? "1.5" : pick<std::string>({"0", "1", "2.5", "0.1", "30"})) + policy() + "}";
      ++count;
    };
    for (const std::string& one : nested) add(R"("score": ")" + one + "\"");
    for (int i = 0; i < 3; ++i) add(R"("value": ")" + name() + "\", " + shape());
    out += "}";
    if (chance(0.5)) {
      out += R"(, "caps": [{"name": "one", "when": "a.x > 3", "at_most": 20}, {"name": "two", "at_least": "a.y"},
                           {"name": "three", "when": "a.z > 40", "set": "a.x + 1"}])";
    }
    if (chance(0.3)) out += R"(, "round": )" + pick<std::string>({"0", "1", "-1"});
    if (chance(0.2)) out += R"(, "include": "a.z > 0")";
    return out + "}";
  }

  std::mt19937 random_;
};

Sheet random_sheet(unsigned seed, std::size_t rows) {
  RandomScores random{seed};
  Sheet sheet{random.document()};
  for (const char* name : {"a.x", "a.y", "a.z"}) {
    sheet.numbers(name, random.column(rows)).reasons(name, random.reasons(rows));
  }
  return sheet;
}

void expect_sums(const Sheet& sheet, const std::string& score, Depth depth) {
  const model::ScoreSpec& spec = sheet.spec(score);
  const double tolerance = 1e-9 * (spec.scale.high - spec.scale.low);
  const Sheet::Parts parts = sheet.parts(score, depth);
  const Sheet::Scored& scored = sheet.of(score);
  for (std::size_t row = 0; row < parts.rows; ++row) {
    if (!std::isnan(scored.score[row])) {
      EXPECT_EQ(scored.reasons[row], Reason::none);
      EXPECT_NEAR(parts.total(row), scored.score[row], tolerance) << score << " row " << row;
      continue;
    }
    EXPECT_NE(scored.reasons[row], Reason::none);
    for (std::size_t part = 0; part < parts.names.size(); ++part) {
      EXPECT_TRUE(std::isnan(parts.contribution[part * parts.rows + row])) << parts.names[part];
      EXPECT_NE(parts.reasons[part * parts.rows + row], Reason::none) << parts.names[part];
    }
  }
}

TEST(Contributions, sum_to_any_score_at_every_level) {
  for (unsigned seed = 0; seed < 120; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Sheet sheet = std::move(random_sheet(seed, 40).work_out());
    for (const char* score : {"leaf", "mid", "top"}) {
      expect_sums(sheet, score, Depth::one_level);
      expect_sums(sheet, score, Depth::deep);
    }
    if (HasFailure()) return;
  }
}

void expect_same_bits(const std::vector<double>& whole, std::size_t begin, const std::vector<double>& part) {
  for (std::size_t row = 0; row < part.size(); ++row) {
    EXPECT_EQ(std::bit_cast<std::uint64_t>(whole[begin + row]), std::bit_cast<std::uint64_t>(part[row]));
  }
}

TEST(Score, does_not_depend_on_how_rows_are_cut_into_blocks) {
  for (unsigned seed = 0; seed < 12; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Sheet whole = std::move(random_sheet(seed, 23).work_out());
    for (std::size_t begin = 0; begin < 23; begin += 5) {
      const Sheet block = std::move(random_sheet(seed, 23).work_out(begin, std::min<std::size_t>(5, 23 - begin)));
      expect_same_bits(whole.of("top").score, begin, block.of("top").score);
      expect_same_bits(whole.of("top").coverage, begin, block.of("top").coverage);
    }
  }
}

}  // namespace
}  // namespace customerhealth::scores
