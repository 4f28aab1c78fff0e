#include <gtest/gtest.h>

#include <cmath>

#include "customerhealth/scores/paths.hpp"
#include "scores/sheet.hpp"

namespace customerhealth {
namespace {

using testing::kNan;
using testing::Sheet;

struct Answers {
  explicit Answers(const Sheet& sheet, const std::string& score, std::int32_t grade)
      : paths{sheet.bound(), sheet.score_index(score), grade}, rows{sheet.frame().rows} {
    const std::size_t size = paths.parts() * rows;
    status.resize(size);
    labels.resize(2 * size);
    downward.resize(size);
    numbers.resize(5 * size);
    const auto column = [&](std::size_t i) { return std::span{numbers}.subspan(i * size, size); };
    const auto texts = [&](std::size_t i) { return std::span{labels}.subspan(i * size, size); };
    paths.fill(sheet.frame(), std::vector<std::uint8_t>(rows, 1),
               {status, column(0), column(1), texts(0), texts(1), column(2), column(3), column(4), downward});
  }
  [[nodiscard]] PathStatus status_of(std::size_t part, std::size_t row) const { return status[part * rows + row]; }
  [[nodiscard]] double to(std::size_t part, std::size_t row) const {
    return numbers[status.size() + part * rows + row];
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

}  // namespace
}  // namespace customerhealth
