#include <gtest/gtest.h>

#include <cmath>

#include "customerhealth/scores/frame.hpp"
#include "expression/formula_table.hpp"

namespace customerhealth::scores {
namespace {

using expression::FormulaTable;

const double kNone = std::nan("");

TEST(MissingReasons, are_those_of_the_first_missing_name) {
  expression::FormulaTable table{3};
  const expression::BoundExpression sum = table.numbers("a", {}).numbers("b", {}).bind("a + b"),
                                    turned = table.bind("b + a");
  const std::vector<double> a{1, kNone, kNone}, b{kNone, kNone, 2};
  const std::vector<Reason> of_a{Reason::none, Reason::never, Reason::none};
  const std::vector<Reason> of_b{Reason::silent, Reason::silent, Reason::none};
  const Frame frame{3, {std::span<const double>{a}, std::span<const double>{b}}, {of_a, of_b}};
  const MissingReasons reasons{sum, frame};
  EXPECT_EQ(reasons[0], Reason::silent);
  EXPECT_EQ(reasons[1], Reason::never);
  EXPECT_EQ((MissingReasons{turned, frame}[1]), Reason::silent);
  EXPECT_EQ(reasons[2], Reason::undefined);  // missing without a reason
}

TEST(MissingReasons, are_undefined_when_no_name_is_missing) {
  expression::FormulaTable table;
  const expression::BoundExpression ratio = table.numbers("a", {}).bind("1 / a");
  const std::vector<double> a{0};
  const Frame frame{1, {std::span<const double>{a}}, {{}}};
  EXPECT_EQ((MissingReasons{ratio, frame}[0]), Reason::undefined);
}

}  // namespace
}  // namespace customerhealth::scores
