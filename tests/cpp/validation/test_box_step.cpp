#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "box_step.hpp"
#include "customerhealth/common/number.hpp"

namespace customerhealth::validation {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

TEST(BoxStep, without_bounds_is_newtons) {
  MatrixXd curvature(2, 2);
  curvature << 4, 0, 1, 2;  // the upper triangle does not count
  const VectorXd slope{{-1.0, 3.0}}, open = VectorXd::Constant(2, kInfinity);
  const VectorXd step = box_step(curvature, slope, -open, open);
  EXPECT_NEAR(4 * step[0] + step[1], 1.0, 1e-8);
  EXPECT_NEAR(step[0] + 2 * step[1], -3.0, 1e-8);
}

TEST(BoxStep, meets_the_conditions_of_a_minimum_in_any_box) {
  std::srand(5);
  for (int turn = 0; turn < 200; ++turn) {
    const Eigen::Index n = 1 + turn % 9;
    const MatrixXd half = MatrixXd::Random(n, n), curvature = half.transpose() * half + 0.01 * MatrixXd::Identity(n, n);
    const VectorXd slope = VectorXd::Random(n),
                   low = -VectorXd::Random(n).cwiseAbs().cwiseProduct(
                       (VectorXd::Random(n).array() > 0.0).cast<double>().matrix()),
                   high = VectorXd::Random(n).cwiseAbs();
    const VectorXd step = box_step(curvature, slope, low, high), pull = slope + curvature * step;
    for (Eigen::Index i = 0; i < n; ++i) {
      ASSERT_GE(step[i], low[i]);
      ASSERT_LE(step[i], high[i]);
      if (step[i] > low[i]) {
        ASSERT_LT(pull[i], 1e-7) << turn;
      }
      if (step[i] < high[i]) {
        ASSERT_GT(pull[i], -1e-7) << turn;
      }
    }
  }
}

TEST(BoxStep, leaves_directions_without_curvature_alone) {
  const MatrixXd curvature = MatrixXd::Ones(2, 2);  // of two equal columns
  const VectorXd slope{{-1.0, -1.0}}, open = VectorXd::Constant(2, kInfinity);
  const VectorXd step = box_step(curvature, slope, -open, open);
  EXPECT_NEAR(step[0], 0.5, 1e-6);
  EXPECT_NEAR(step[1], 0.5, 1e-6);
}

}  // namespace
}  // namespace customerhealth::validation
