#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "customerhealth/clv/beta_geometric.hpp"
#include "customerhealth/clv/bgbb.hpp"
#include "customerhealth/clv/bgnbd.hpp"
#include "customerhealth/clv/gamma_gamma.hpp"
#include "customerhealth/clv/pareto_nbd.hpp"
#include "customerhealth/common/errors.hpp"

namespace customerhealth::clv {
namespace {

using Column = std::vector<double>;

struct Customers {
  Column x, t_x, age, spend, weight;
  bool whole_times = false;

  [[nodiscard]] Inputs inputs() const {
    Inputs in;
    in.frequency = Input{x};
    if (!t_x.empty()) in.recency = Input{t_x};
    if (!age.empty()) in.age = Input{age};
    if (!spend.empty()) in.spend = Input{spend};
    if (!weight.empty()) in.weight = Input{weight};
    in.whole_times = whole_times;
    return in;
  }
};

// Of one frequency several rows, a repeated row, one of no customers and a last purchase at the very end.
const Customers kFew{{2, 0, 2, 1, 5, 2, 0, 4},      {8, 0, 3.5, 1, 20, 8, 0, 6}, {30, 25, 30, 12, 20, 30, 14, 28},
                     {20, 0, 35, 11, 70, 20, 0, 9}, {1, 2, 1, 3, 1, 0.5, 1, 0},  false};
const Customers kGifts{{2, 0, 6, 1, 3, 0}, {4, 0, 6, 1, 5, 0}, {6, 6, 6, 6, 5, 4}, {}, {3, 5, 1, 2, 1, 1}, true};

/// A likelihood, where to look at it, and what one customer adds to it.
struct Case {
  std::string name;
  std::unique_ptr<Likelihood> likelihood;
  Column at;
  std::function<double(std::size_t)> one;
  const Customers* customers;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  const auto add = [&](const char* name, std::unique_ptr<Likelihood> likelihood, Column at, auto one,
                       const Customers& of) {
    all.push_back({name, std::move(likelihood), std::move(at), std::move(one), &of});
  };
  for (const Dropout dropout : {Dropout::after_repeats, Dropout::after_any}) {
    const BgNbd m{0.4, 5.0, 0.9, 2.5, dropout};
    add(
        dropout == Dropout::after_any ? "after any" : "after repeats", bgnbd_likelihood(kFew.inputs(), dropout),
        {m.r, m.alpha, m.a, m.b}, [m](std::size_t i) { return m.log_likelihood(kFew.x[i], kFew.t_x[i], kFew.age[i]); },
        kFew);
  }
  for (const ParetoNbd& m : {ParetoNbd{0.6, 10.0, 0.7, 12.0}, ParetoNbd{0.6, 12.0, 0.7, 9.0}}) {
    add(
        m.alpha < m.beta ? "Pareto, alpha below beta" : "Pareto, alpha above beta",
        pareto_nbd_likelihood(kFew.inputs()), {m.r, m.alpha, m.s, m.beta},
        [m](std::size_t i) { return m.log_likelihood(kFew.x[i], kFew.t_x[i], kFew.age[i]); }, kFew);
  }
  const GammaGamma spend{6.25, 3.74, 15.44};
  add(
      "spend", gamma_gamma_likelihood(kFew.inputs()), {spend.p, spend.q, spend.v},
      [spend](std::size_t i) { return kFew.x[i] > 0 ? spend.log_likelihood(kFew.x[i], kFew.spend[i]) : 0.0; }, kFew);
  const BgBb gifts{1.2, 0.75, 0.66, 2.8};
  add(
      "gifts", bgbb_likelihood(kGifts.inputs()), {gifts.alpha, gifts.beta, gifts.gamma, gifts.delta},
      [gifts](std::size_t i) { return gifts.log_likelihood(kGifts.x[i], kGifts.t_x[i], kGifts.age[i]); }, kGifts);
  return all;
}

TEST(Likelihoods, are_the_weighted_sum_over_their_customers) {
  for (const Case& one : cases()) {
    double sum = 0.0;
    for (std::size_t i = 0; i < one.customers->x.size(); ++i) sum += one.customers->weight[i] * one.one(i);
    EXPECT_NEAR(one.likelihood->evaluate(one.at).value / sum, 1.0, 1e-12) << one.name;
    EXPECT_EQ(one.likelihood->parameters(), one.at.size()) << one.name;
  }
}

/// By central differences.
Column slopes(const Likelihood& likelihood, const Column& at) {
  Column out;
  for (std::size_t i = 0; i < at.size(); ++i) {
    const double step = 1e-5 * at[i];
    Column above = at, below = at;
    above[i] += step;
    below[i] -= step;
    out.push_back((likelihood.evaluate(above).value - likelihood.evaluate(below).value) / (2.0 * step));
  }
  return out;
}

TEST(Likelihoods, have_the_gradients_of_finite_differences) {
  std::vector<Case> all = cases();
  for (const double c : {1.6, 0.7}) {
    all.push_back({"renewals", beta_geometric_likelihood({{0, 5, 3, 2}, {1, 0, 2, 4}}, true), {0.7, 3.8, c}, {}, {}});
  }
  all.push_back(
      {"renewals, c held", beta_geometric_likelihood({{0, 5, 3, 2}, {1, 0, 2, 4}}, false), {0.7, 3.8}, {}, {}});
  for (const Case& one : all) {
    const Evaluation found = one.likelihood->evaluate(one.at);
    const Column expected = slopes(*one.likelihood, one.at);
    for (std::size_t i = 0; i < expected.size(); ++i)
      EXPECT_NEAR(found.gradient[i], expected[i], 1e-6 * (1.0 + std::abs(expected[i]))) << one.name << " " << i;
  }
}

TEST(Likelihoods, count_customers_by_weight_and_summaries_once) {
  const std::vector<Case> all = cases();
  EXPECT_EQ(all[0].likelihood->customers(), 9.5);
  EXPECT_EQ(all[0].likelihood->rows(), 6);         // one repeats, one stands for nobody
  EXPECT_EQ(all[4].likelihood->customers(), 6.5);  // spend: those with repeat purchases
  EXPECT_EQ(all[4].likelihood->rows(), 4);
  EXPECT_EQ(all[5].likelihood->customers(), 13.0);
}

TEST(Likelihoods, of_every_other_summary_are_a_sample) {
  for (const Case& one : cases()) {
    const auto whole = one.likelihood->thinned(1), half = one.likelihood->thinned(2);
    EXPECT_EQ(whole->rows(), one.likelihood->rows()) << one.name;
    EXPECT_EQ(whole->evaluate(one.at).value, one.likelihood->evaluate(one.at).value) << one.name;
    EXPECT_EQ(half->rows(), (one.likelihood->rows() + 1) / 2) << one.name;
    EXPECT_LT(half->customers(), one.likelihood->customers()) << one.name;
  }
}

TEST(Likelihoods, of_more_rows_than_a_block_count_each_frequency_once) {
  Customers many{{}, {}, {}, {}, {}, false};
  for (std::size_t i = 0; i < 10'000; ++i) {
    many.x.push_back(i < 9'000 ? 2.0 : 3.0);
    many.t_x.push_back(1.0 + static_cast<double>(i) / 1000.0);
    many.age.push_back(30.0);
  }
  const BgNbd m{0.4, 5.0, 0.9, 2.5, Dropout::after_repeats};
  double sum = 0.0;
  for (std::size_t i = 0; i < many.x.size(); ++i) sum += m.log_likelihood(many.x[i], many.t_x[i], many.age[i]);
  const Column at{m.r, m.alpha, m.a, m.b};
  EXPECT_NEAR(bgnbd_likelihood(many.inputs(), m.dropout)->evaluate(at).value / sum, 1.0, 1e-12);
}

TEST(Likelihoods, of_more_rows_than_a_run_are_sorted_through) {
  Customers many{{}, {}, {}, {}, {}, false};
  for (std::size_t i = 0; i < 200'001; ++i) {  // four runs of rows, the last of them short: 1,000 summaries in all
    many.x.push_back(static_cast<double>(i * 7919 % 10));
    many.t_x.push_back(many.x.back() > 0 ? static_cast<double>(1 + i * 7919 % 1000 / 10) : 0.0);
    many.age.push_back(200.0);
  }
  const auto likelihood = pareto_nbd_likelihood(many.inputs());
  EXPECT_EQ(likelihood->rows(), 901);
  EXPECT_EQ(likelihood->customers(), 200'001.0);
}

TEST(Objective, is_minus_the_mean_by_logarithms) {
  const auto likelihood = bgnbd_likelihood(kFew.inputs(), Dropout::after_repeats);
  const Column at{0.4, 5.0, 0.9, 2.5};
  Column logarithms;
  for (const double value : at) logarithms.push_back(std::log(value));
  const Evaluation found = objective(*likelihood, logarithms), plain = likelihood->evaluate(at);
  EXPECT_NEAR(found.value, -plain.value / 9.5, 1e-12);
  for (std::size_t i = 0; i < at.size(); ++i) EXPECT_NEAR(found.gradient[i], -plain.gradient[i] * at[i] / 9.5, 1e-10);
}

TEST(Objective, has_the_second_derivatives_of_its_values) {
  const auto likelihood = bgnbd_likelihood(kFew.inputs(), Dropout::after_repeats);
  const Column at{-0.9, 1.6, -0.1, 0.9};
  const Column hessian = objective_hessian(*likelihood, at);
  const double step = 1e-3;
  const auto value = [&](std::size_t i, double by_i, std::size_t j, double by_j) {
    Column moved = at;
    moved[i] += by_i;
    moved[j] += by_j;
    return objective(*likelihood, moved).value;
  };
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t j = 0; j < 4; ++j) {
      const double second =
          (value(i, step, j, step) - value(i, step, j, -step) - value(i, -step, j, step) + value(i, -step, j, -step)) /
          (4.0 * step * step);
      EXPECT_NEAR(hessian[i * 4 + j], second, 1e-5) << i << " " << j;
    }
  }
}

// The figures of tests/data/clv/fits.json.

std::vector<Column> columns_of(const std::string& file, std::size_t count) {
  std::ifstream stream{std::string{CUSTOMERHEALTH_TEST_DATA} + "/clv/" + file};
  std::string line;
  std::getline(stream, line);
  std::vector<Column> columns(count);
  while (std::getline(stream, line)) {
    std::stringstream cells{line};
    std::string cell;
    for (Column& column : columns) {
      std::getline(cells, cell, ',');
      column.push_back(std::stod(cell));
    }
  }
  return columns;
}

TEST(Likelihoods, of_the_music_store_are_those_of_the_papers) {
  const std::vector<Column> data = columns_of("cdnow_customers_summary.csv", 4);  // id, frequency, recency, T
  const Customers customers{data[1], data[2], data[3], {}, {}, false};
  const Inputs in = customers.inputs();
  const auto at_most = [](const Likelihood& likelihood, const Column& at, double value) {
    const Evaluation found = likelihood.evaluate(at);
    EXPECT_EQ(likelihood.customers(), 2357.0);
    EXPECT_NEAR(found.value, value, 1e-5);
    for (std::size_t i = 0; i < at.size(); ++i) EXPECT_NEAR(found.gradient[i], 0.0, 1.0) << i;
  };
  at_most(*bgnbd_likelihood(in, Dropout::after_repeats),
          {0.2425929069818003, 4.4135315580854675, 0.7928861521740801, 2.4257534451707263}, -9582.42556056736);
  at_most(*bgnbd_likelihood(in, Dropout::after_any),
          {0.5248379429037032, 6.182991664581531, 0.8913561607448941, 1.6139994339517167}, -9582.132684899902);
  at_most(*pareto_nbd_likelihood(in), {0.5532755272098954, 10.577612316073127, 0.6062135827645478, 11.66791038931993},
          -9594.973929826861);
}

TEST(Parameters, that_are_not_above_nothing_and_finite_are_named) {
  const auto refusal = [](const auto& model) {
    try {
      model.check();
    } catch (const DataError& error) {
      return error.column();
    }
    return std::string{};
  };
  EXPECT_EQ(refusal(BgNbd{1, 1, 1, 1, Dropout::after_any}), "");
  EXPECT_EQ(refusal(BgNbd{1, 0, 1, 1, Dropout::after_any}), "alpha");
  EXPECT_EQ(refusal(BgNbd{1, 1, 1, INFINITY, Dropout::after_any}), "b");
  EXPECT_EQ(refusal(ParetoNbd{1, 1, -1, 1}), "s");
  EXPECT_EQ(refusal(BgBb{1, 1, NAN, 0}), "gamma");
  EXPECT_EQ(refusal(GammaGamma{1, 1, 0}), "v");
  EXPECT_EQ(refusal(BetaGeometric{1, 1, 0}), "c");
}

}  // namespace
}  // namespace customerhealth::clv
