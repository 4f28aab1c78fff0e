#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "customerhealth/clv/bgnbd.hpp"
#include "customerhealth/clv/likelihood.hpp"
#include "customerhealth/clv/pareto_nbd.hpp"

namespace customerhealth::clv {
namespace {

struct Customers {
  std::vector<double> x, t_x, age;

  [[nodiscard]] Inputs inputs() const {
    Inputs in;
    in.frequency = Input{x};
    in.recency = Input{t_x};
    in.age = Input{age};
    return in;
  }
};

Customers many(std::size_t count) {
  Customers out;
  for (std::size_t i = 0; i < count; ++i) {
    const auto x = static_cast<double>(i % 7);
    const double age = 20.0 + static_cast<double>(i * 37 % 1009) / 50.0;
    out.x.push_back(x);
    out.t_x.push_back(x > 0.0 ? age * static_cast<double>(1 + i * 13 % 97) / 98.0 : 0.0);
    out.age.push_back(age);
  }
  return out;
}

TEST(Likelihood, is_the_sum_over_customers_with_the_same_ones_counted_once) {
  Customers data = many(200);
  const Customers again = many(200);
  data.x.insert(data.x.end(), again.x.begin(), again.x.end());
  data.t_x.insert(data.t_x.end(), again.t_x.begin(), again.t_x.end());
  data.age.insert(data.age.end(), again.age.begin(), again.age.end());
  const auto likelihood = bgnbd_likelihood(data.inputs(), Dropout::after_any);
  EXPECT_EQ(likelihood->customers(), 400.0);
  EXPECT_LE(likelihood->rows(), 200);
  const std::vector<double> at{0.4, 5.0, 0.9, 2.5};
  const BgNbd model{at[0], at[1], at[2], at[3], Dropout::after_any};
  double sum = 0.0;
  for (std::size_t i = 0; i < data.x.size(); ++i) sum += model.log_likelihood(data.x[i], data.t_x[i], data.age[i]);
  EXPECT_NEAR(likelihood->evaluate(at).value / sum, 1.0, 1e-13);
}

TEST(Likelihood, has_the_same_bits_whatever_the_threads) {
  const Customers data = many(50'000);
  const auto likelihood = pareto_nbd_likelihood(data.inputs());
  const std::vector<double> at{0.4, 5.0, 0.9, 12.5};
  Evaluation found[2];
  for (const int threads : {1, 2}) {
    Watch watch;
    run(Threads::resolve(threads), watch, [&] { found[threads - 1] = likelihood->evaluate(at); });
  }
  EXPECT_EQ(found[0].value, found[1].value);
  EXPECT_EQ(found[0].gradient, found[1].gradient);
}

TEST(Likelihood, has_second_derivatives_that_are_symmetric) {
  const Customers data = many(300);
  const auto likelihood = bgnbd_likelihood(data.inputs(), Dropout::after_repeats);
  const std::vector<double> at{-0.5, 1.5, 0.1, 0.8};
  const std::vector<double> hessian = objective_hessian(*likelihood, at);
  ASSERT_EQ(hessian.size(), 16U);
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t j = 0; j < 4; ++j) EXPECT_EQ(hessian[i * 4 + j], hessian[j * 4 + i]);
  }
}

TEST(PurchasesWhileAlive, is_smooth_where_one_way_to_work_it_out_gives_way_to_another) {
  const double zero = 0.0;
  const BgNbd model{0.3, 4.0, 0.8, 2.4, Dropout::after_repeats};
  const PurchasesWhileAlive alive{model, Input{{&zero, 1}}, 1};
  for (const double z : {0.06, 0.96, 0.995}) {  // a cell, the end of the kept terms, that of the series
    const double below = 4.0 * (z - 1e-9) / (1.0 - z + 1e-9), above = 4.0 * (z + 1e-9) / (1.0 - z - 1e-9);
    const double slope = (alive(0.0, 4.0, above) - alive(0.0, 4.0, below)) / (above - below);
    EXPECT_GT(slope, 0.0) << z;
    EXPECT_LT(slope, 0.3 / 4.0) << z;  // the rate of one who never leaves
  }
}

}  // namespace
}  // namespace customerhealth::clv
