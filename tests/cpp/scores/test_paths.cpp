#include <gtest/gtest.h>

#include <cmath>
#include <tuple>
#include <utility>

#include "customerhealth/scores/paths.hpp"
#include "scores/sheet.hpp"

namespace customerhealth::scores {
namespace {

using testing::kNan;
using testing::Sheet;

struct Answers {
  explicit Answers(const Sheet& sheet, const std::string& score, std::int32_t grade)
      : paths{sheet.bound(), sheet.bound(score), model::GradeIndex{grade}}, rows{sheet.frame().rows} {
    const std::size_t size = paths.parts() * rows;
    status.resize(size);
    labels.resize(2 * size);
    downward.resize(size);
    numbers.resize(6 * size);
    const auto column = [&](std::size_t i) { return std::span{numbers}.subspan(i * size, size); };
    const auto texts = [&](std::size_t i) { return std::span{labels}.subspan(i * size, size); };
    paths.fill(
        sheet.frame(), std::vector<std::uint8_t>(rows, 1),
        {status, column(0), column(1), texts(0), texts(1), column(2), column(3), column(4), downward, column(5)});
  }
  [[nodiscard]] PathStatus status_of(std::size_t part, std::size_t row) const { return status[part * rows + row]; }
  [[nodiscard]] double to(std::size_t part, std::size_t row) const {
    return numbers[status.size() + part * rows + row];
  }
  [[nodiscard]] double edge(std::size_t part, std::size_t row) const {
    return numbers[5 * status.size() + part * rows + row];
  }
  [[nodiscard]] double gain(std::size_t part, std::size_t row) const {
    return numbers[2 * status.size() + part * rows + row];
  }

  Paths paths;
  std::size_t rows;
  std::vector<PathStatus> status;
  std::vector<TextCode> labels;
  std::vector<std::uint8_t> downward;
  std::vector<double> numbers;
};

TEST(Paths, name_leaves_as_deep_contributions_do_and_caps_after_them) {
  Sheet sheet{
      R"({"inner": {"measures": {"x": {"value": "a.x", "identity": true}}, "caps": [{"name": "c", "at_most": 90}]},
      "s": {"measures": {"n": {"score": "inner"}, "y": {"value": "a.y", "identity": true}},
            "caps": [{"name": "d", "at_most": 90}], "grades": [{"name": "low"}, {"name": "high", "from": 50}]}})"};
  sheet.numbers("a.x", {20}).numbers("a.y", {20}).work_out();
  const Answers answers{sheet, "s", 1};
  std::vector<std::string> names;
  for (const NestPlace& leaf : answers.paths.nest().leaves) names.push_back(leaf.name);
  for (const NestPlace& cap : answers.paths.nest().caps) names.push_back(cap.name);
  EXPECT_EQ(names, (std::vector<std::string>{"n.x", "y", "cap:d", "n.cap:c"}));
}

TEST(Paths, reach_the_grade_and_no_less) {
  Sheet sheet{R"({"s": {"measures": {"x": {"value": "a.x", "identity": true}, "y": {"value": "a.y", "identity": true}},
      "grades": [{"name": "low"}, {"name": "high", "from": 64}]}})"};
  sheet.numbers("a.x", {32, 0, 80, kNan}).numbers("a.y", {48, 0, 70, 60}).work_out();
  const Answers answers{sheet, "s", 1};
  EXPECT_EQ(answers.status_of(0, 0), PathStatus::reaches);
  EXPECT_NEAR(answers.to(0, 0), 80, 1e-13);
  EXPECT_EQ(answers.gain(0, 0), 24);
  EXPECT_EQ(answers.status_of(0, 1), PathStatus::alone_not_enough);
  EXPECT_TRUE(std::isnan(answers.to(0, 1)));
  EXPECT_EQ(answers.status_of(0, 2), PathStatus::none);  // it has the grade
  EXPECT_EQ(answers.status_of(0, 3), PathStatus::reaches);
  EXPECT_NEAR(answers.to(0, 3), 68, 1e-13);
}

TEST(Paths, name_the_caps_of_nested_scores_by_the_way_to_them) {
  Sheet sheet{
      R"({"inner": {"measures": {"x": {"value": "a.x", "identity": true}}, "caps": [{"name": "a.cap:b", "at_most": 90}]},
      "middle": {"measures": {"core": {"score": "inner"}}},
      "s": {"measures": {"use": {"score": "middle"}}, "caps": [{"name": "cap:", "at_most": 90}],
            "grades": [{"name": "low"}, {"name": "high", "from": 50}]}})"};
  sheet.numbers("a.x", {20}).work_out();
  const Answers answers{sheet, "s", 1};
  const auto& [leaves, caps] = std::tie(answers.paths.nest().leaves, answers.paths.nest().caps);
  ASSERT_EQ(leaves.size(), 1U);
  EXPECT_EQ(leaves[0].name, "use.core.x");
  EXPECT_EQ(leaves[0].within, "use.core");
  ASSERT_EQ(caps.size(), 2U);
  EXPECT_EQ(caps[0].name, "cap:cap:");
  EXPECT_EQ(caps[0].within, "");
  EXPECT_EQ(caps[1].name, "use.core.cap:a.cap:b");
  EXPECT_EQ(caps[1].within, "use.core");
}

TEST(Paths, say_which_edge_must_be_passed) {
  const auto edges = [](const std::string& shape, const std::string& grade, const std::string& more = "") {
    Sheet sheet{R"({"s": {"measures": {"x": {"value": "a.x", )" + shape + R"(}}, )" + more +
                R"("grades": [{"name": "low"}, {"name": "high", )" + grade + "}]}}"};
    sheet.numbers("a.x", {10, kNan}).work_out();
    const Answers answers{sheet, "s", 1};
    EXPECT_EQ(answers.status_of(0, 0), PathStatus::reaches);
    return std::pair{answers.to(0, 0), answers.edge(0, 0)};
  };
  const std::string identity = R"("identity": true)";
  EXPECT_EQ(edges(R"("bands": [{"up_to": 20, "points": 0}, {"points": 80}])", R"("from": 75)").second, 20);
  EXPECT_TRUE(std::isnan(edges(R"("bands": [{"below": 20, "points": 0}, {"points": 80}])", R"("above": 75)").second));
  EXPECT_TRUE(std::isnan(edges(identity, R"("from": 75)").second));
  EXPECT_EQ(edges(identity, R"("above": 75)"), (std::pair{std::nextafter(75.0, 76.0), 75.0}));
  // What must be passed is 75.5, which rounds to 76, and it is enough.
  const auto rounded = edges(identity, R"("above": 75)", R"("round": 0, )");
  EXPECT_EQ(rounded.first, 75.5);
  EXPECT_TRUE(std::isnan(rounded.second));
}

TEST(Paths, say_no_edge_where_a_score_on_the_way_is_rounded_and_one_where_another_is) {
  const auto edge = [](const std::string& inner, const std::string& other) {
    Sheet sheet{R"({"inner": {"measures": {"x": {"value": "a.x", "identity": true}})" + inner +
                R"(}, "other": {"measures": {"y": {"value": "a.y", "identity": true}})" + other +
                R"(}, "s": {"measures": {"use": {"score": "inner"}, "other": {"score": "other"}},
                    "grades": [{"name": "low"}, {"name": "high", "above": 75}]}})"};
    sheet.numbers("a.x", {10}).numbers("a.y", {80}).work_out();
    const Answers answers{sheet, "s", 1};
    EXPECT_EQ(answers.status_of(0, 0), PathStatus::reaches);
    return answers.edge(0, 0);
  };
  EXPECT_NEAR(edge("", ""), 70, 1e-12);
  EXPECT_NEAR(edge("", R"(, "round": 0)"), 70, 1e-12);
  EXPECT_TRUE(std::isnan(edge(R"(, "round": 0)", "")));
}

TEST(Paths, search_scales_whose_ends_lie_farther_apart_than_an_int64) {
  Sheet sheet{R"({"s": {"combine": "sum", "measures": {"x": {"value": "a.x", "identity": true, "weight": 2},
      "y": {"value": "a.y", "identity": true}}, "grades": [{"name": "low"}, {"name": "high", "from": 75}]}})"};
  sheet.numbers("a.x", {-60}).numbers("a.y", {-20}).work_out();
  EXPECT_EQ((Answers{sheet, "s", 1}.to(0, 0)), 47.5);
}

TEST(Paths, give_a_cap_as_the_answer_where_it_holds) {
  Sheet sheet{R"({"s": {"measures": {"x": {"value": "a.x", "identity": true}},
      "caps": [{"name": "c", "when": "a.y > 0", "at_most": 40}], "grades": [{"name": "low"}, {"name": "high", "from": 64}]}})"};
  sheet.numbers("a.x", {90, 20}).numbers("a.y", {1, 0}).work_out();
  const Answers answers{sheet, "s", 1};
  EXPECT_EQ(answers.status_of(0, 0), PathStatus::none);
  EXPECT_EQ(answers.status_of(1, 0), PathStatus::held_by_cap);
  EXPECT_EQ(answers.gain(1, 0), 50);
  EXPECT_EQ(answers.status_of(0, 1), PathStatus::reaches);
  EXPECT_EQ(answers.status_of(1, 1), PathStatus::none);
}

TEST(Paths, name_every_cap_that_holds_until_one_that_settles_the_matter) {
  const auto held = [](const std::string& caps) {
    Sheet sheet{R"({"s": {"measures": {"x": {"value": "a.x", "identity": true}}, "caps": [)" + caps +
                R"(], "grades": [{"name": "low"}, {"name": "high", "from": 64}]}})"};
    sheet.numbers("a.x", {90}).work_out();
    const Answers answers{sheet, "s", 1};
    std::string out;
    for (std::size_t part = 1; part < answers.paths.parts(); ++part)
      out += answers.status_of(part, 0) == PathStatus::held_by_cap ? 'h' : '-';
    return out + (answers.status_of(0, 0) == PathStatus::none ? "" : " asked");
  };
  const std::string low = R"({"name": "c", "at_most": 40})", wide = R"({"name": "d", "at_most": 80})",
                    set = R"({"name": "e", "set": 30})", lift = R"({"name": "f", "at_least": 50})";
  EXPECT_EQ(held(low + ", " + wide), "h-");  // one that lets the score reach the grade does not hide an earlier one
  EXPECT_EQ(held(low + ", " + set), "-h");   // whatever comes before a score that is set does nothing
  EXPECT_EQ(held(set + ", " + low), "hh");
  EXPECT_EQ(held(low + ", " + lift), "h-");
  EXPECT_EQ(held(low + R"(, {"name": "g", "at_most": 50})"), "hh");
}

TEST(Paths, among_as_many_peers_as_are_wanted_are_found) {
  const auto status = [](const char* least) {
    Sheet sheet{R"({"s": {"measures": {"x": {"value": "a.x", "percentile": {"least": )" + std::string{least} +
                R"(}, "missing": 10}}, "grades": [{"name": "low"}, {"name": "high", "from": 50}]}})"};
    sheet.numbers("a.x", {1, 2, 3}).work_out();
    return Answers{sheet, "s", 1}.status_of(0, 0);
  };
  EXPECT_EQ(status("3"), PathStatus::reaches);
  EXPECT_EQ(status("4"), PathStatus::alone_not_enough);
}

}  // namespace
}  // namespace customerhealth::scores
