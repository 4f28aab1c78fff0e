#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "customerhealth/clv/beta_geometric.hpp"
#include "customerhealth/clv/bgbb.hpp"
#include "customerhealth/clv/bgnbd.hpp"
#include "customerhealth/clv/gamma_gamma.hpp"
#include "customerhealth/clv/pareto_nbd.hpp"

namespace customerhealth::clv {
namespace {

// Figures of papers and of other packages, from tests/data/clv (its README names the sources).

class Row {
 public:
  Row(const std::vector<std::string>& names, const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < names.size(); ++i) cells_[names[i]] = i < cells.size() ? cells[i] : "";
  }
  [[nodiscard]] const std::string& text(const std::string& name) const { return cells_.at(name); }
  [[nodiscard]] bool has(const std::string& name) const { return !text(name).empty(); }
  /// 0 where the cell is empty.
  [[nodiscard]] double number(const std::string& name) const { return has(name) ? std::stod(text(name)) : 0.0; }

 private:
  std::map<std::string, std::string> cells_;
};

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  std::stringstream stream{line};
  for (std::string cell; std::getline(stream, cell, ',');) cells.push_back(cell);
  return cells;
}

/// The rows of a file without quotes.
std::vector<Row> rows_of(const std::string& file) {
  std::ifstream stream{std::string{CUSTOMERHEALTH_TEST_DATA} + "/clv/" + file};
  std::string line;
  std::getline(stream, line);
  const std::vector<std::string> names = cells_of(line);
  std::vector<Row> rows;
  while (std::getline(stream, line)) rows.emplace_back(names, cells_of(line));
  return rows;
}

double of_bgnbd(const BgNbd& m, const std::string& quantity, const Row& row) {
  const double x = row.number("x"), t_x = row.number("t_x"), age = row.number("T"), t = row.number("t");
  const PurchasesWhileAlive alive{m, Input{{&x, 1}}, 1};
  if (quantity == "p_alive") return m.probability_alive(x, t_x, age);
  if (quantity == "log_likelihood") return m.log_likelihood(x, t_x, age);
  if (quantity == "prob_n_purchases") return m.probability_of_n(row.number("n"), t);
  if (quantity == "expected_purchases") return expected_purchases_new(m, alive, t);
  if (quantity == "conditional_expected_purchases")
    return m.probability_alive(x, t_x, age) * alive(x, m.alpha + age, t);
  return std::nan("");
}

double of_pareto(const ParetoNbd& m, const std::string& quantity, const Row& row) {
  const double x = row.number("x"), t_x = row.number("t_x"), age = row.number("T"), t = row.number("t");
  if (quantity == "p_alive") return m.probability_alive(x, t_x, age);
  if (quantity == "log_likelihood") return m.log_likelihood(x, t_x, age);
  if (quantity == "prob_n_purchases") return m.probability_of_n(row.number("n"), t);
  if (quantity == "conditional_prob_n_purchases")
    return m.conditional_probability_of_n(row.number("n"), t, x, t_x, age);
  if (quantity == "expected_purchases") return m.expected_purchases_new(t);
  if (quantity == "conditional_expected_purchases") return m.expected_purchases(t, x, t_x, age);
  if (quantity == "discounted_expected_residual_transactions")
    return m.discounted_residual(row.number("d"), x, t_x, age);
  return std::nan("");
}

double of_bgbb(const BgBb& m, const std::string& quantity, const Row& row) {
  const double x = row.number("x"), t_x = row.number("t_x"), n = row.number("T"), t = row.number("t");
  if (quantity == "p_alive_at") return m.probability_alive(t, x, t_x, n);
  if (quantity == "log_likelihood") return m.log_likelihood(x, t_x, n);
  if (quantity == "prob_n_purchases") return m.probability_of_n(row.number("n"), t);
  if (quantity == "conditional_expected_purchases") return m.expected_purchases(t, x, t_x, n);
  if (quantity == "discounted_expected_residual_transactions") return m.discounted_residual(row.number("d"), x, t_x, n);
  return std::nan("");
}

double of_spend(const GammaGamma& m, const std::string& quantity, const Row& row) {
  const double x = row.number("x"), mean = row.number("m");
  if (quantity == "expected_value") return m.expected_value(x, mean);
  if (quantity == "log_likelihood") return m.log_likelihood(x, mean);
  return std::nan("");
}

double answer(const Row& row) {
  const std::string model = row.text("model"), quantity = row.text("quantity");
  const double p1 = row.number("p1"), p2 = row.number("p2"), p3 = row.number("p3"), p4 = row.number("p4");
  if (model == "bgnbd") return of_bgnbd({p1, p2, p3, p4, Dropout::after_repeats}, quantity, row);
  if (model == "mbgnbd") return of_bgnbd({p1, p2, p3, p4, Dropout::after_any}, quantity, row);
  if (model == "pnbd") return of_pareto({p1, p2, p3, p4}, quantity, row);
  if (model == "bgbb") return of_bgbb({p1, p2, p3, p4}, quantity, row);
  return of_spend({p1, p2, p3}, quantity, row);
}

TEST(Models, give_the_figures_of_other_packages_and_of_high_precision) {
  int asked = 0;
  for (const Row& row : rows_of("point_cases.csv")) {
    if (row.text("quantity").starts_with("posterior")) continue;  // that of the Python side
    const double expected = row.number("high_precision");
    EXPECT_NEAR(answer(row), expected, 1e-8 * std::abs(expected))
        << row.text("model") << " " << row.text("quantity") << " x " << row.text("x") << " t " << row.text("t");
    ++asked;
  }
  EXPECT_GT(asked, 200);
}

TEST(BgBb, expects_as_many_donors_as_the_paper) {
  const BgBb model{1.204, 0.750, 0.657, 2.783};
  double sum = 0.0;
  for (const Row& row : rows_of("donations_expected_donors_by_count_first6.csv")) {
    const double donors = 11104.0 * model.probability_of_n(row.number("frequency"), 6.0);
    EXPECT_NEAR(donors, row.number("model"), 1e-6);
    sum += donors;
  }
  EXPECT_NEAR(sum, 11104.0, 1e-6);
  EXPECT_EQ(model.probability_of_n(7.0, 6.0), 0.0);
}

TEST(BetaGeometric, has_the_residual_lifetimes_of_the_paper) {
  for (const Row& row : rows_of("sbg_residual_lifetime.csv")) {
    const BetaGeometric model{row.number("alpha"), row.number("beta")};
    const double used = row.number("renewals"), d = row.number("discount");
    const double ahead = std::exp(model.log_survival(used + 1.0) - model.log_survival(used));
    EXPECT_NEAR(ahead, row.number("retention_next"), 1e-10);
    EXPECT_NEAR(model.discounted_lifetime(d, used + 1.0) * ahead, row.number("derl_renewal_due"), 1e-9) << used;
    if (row.has("del_new_customer")) {
      EXPECT_NEAR(model.discounted_lifetime(d, 0.0), row.number("del_new_customer"), 1e-9);
    }
    // The same sum, term by term, where the shape is not exactly 1.
    const BetaGeometric nearly{row.number("alpha"), row.number("beta"), 1.0 + 1e-12};
    EXPECT_NEAR(nearly.discounted_lifetime(d, used), model.discounted_lifetime(d, used), 1e-8);
  }
}

TEST(BetaGeometric, lasts_without_discount_as_long_as_its_mean_or_for_ever) {
  const BetaGeometric model{3.0, 2.0};
  EXPECT_DOUBLE_EQ(model.discounted_lifetime(0.0, 0.0), 4.0 / 2.0);  // (alpha + beta - 1) / (alpha - 1)
  EXPECT_DOUBLE_EQ(model.discounted_lifetime(0.0, 5.0), 9.0 / 2.0);
  EXPECT_TRUE(std::isinf((BetaGeometric{1.0, 2.0}.discounted_lifetime(0.0, 0.0))));
  EXPECT_TRUE(std::isnan((BetaGeometric{3.0, 2.0, 1.5}.discounted_lifetime(0.0, 0.0))));
}

TEST(BetaGeometric, projects_and_fits_what_is_left_of_a_cohort_as_published) {
  const std::vector<double> left{1000, 869, 743, 653, 593, 551, 517, 491, 468, 445, 427, 409, 394};
  for (const Row& row : rows_of("sbg_bdw_fits.csv")) {
    const bool is_shifted = row.text("model") == "sBG";
    const BetaGeometric model{row.number("alpha"), row.number("beta"), is_shifted ? 1.0 : row.number("c")};
    std::stringstream projected{row.text("projected")};
    double t = 0.0;
    for (std::string value; std::getline(projected, value, ';'); ++t)
      EXPECT_NEAR(std::exp(model.log_survival(t)), std::stod(value), 1e-8) << row.text("model") << " " << t;
    EXPECT_GT(t, 10.0);
    const auto used = static_cast<std::size_t>(row.number("renewals_used"));
    Renewals renewals{std::vector<double>(used + 1), std::vector<double>(used + 1)};
    for (std::size_t i = 1; i <= used; ++i) renewals.lost[i] = left[i - 1] - left[i];
    renewals.left[used] = left[used];
    const auto likelihood = beta_geometric_likelihood(renewals, !is_shifted);
    EXPECT_EQ(likelihood->customers(), 1000.0);
    const std::vector<double> at{model.alpha, model.beta, model.c};
    const Evaluation found = likelihood->evaluate(std::span{at}.first(likelihood->parameters()));
    EXPECT_NEAR(found.value, row.number("log_likelihood"), 1e-4);
    for (std::size_t i = 0; i < likelihood->parameters(); ++i) EXPECT_NEAR(found.gradient[i], 0.0, 0.05) << i;
  }
}

TEST(BetaGeometric, counts_those_who_are_still_there_at_different_ages) {
  // One lost at the first renewal, two left before any, three left after two: ln(1 - S(1)) + 3 ln S(2).
  const auto likelihood = beta_geometric_likelihood({{0.0, 1.0, 0.0}, {2.0, 0.0, 3.0}}, false);
  const BetaGeometric model{2.0, 3.0};  // S(1) = 3/5, S(2) = 3/5 * 4/6
  const std::vector<double> at{model.alpha, model.beta};
  EXPECT_NEAR(likelihood->evaluate(at).value, std::log(0.4) + 3.0 * std::log(0.4), 1e-14);
  EXPECT_EQ(likelihood->customers(), 6.0);
  EXPECT_EQ(likelihood->rows(), 3);
  EXPECT_EQ(likelihood->parameters(), 2U);
}

// E[(1 - (1 + p s)^-n) / p] for p ~ Beta(a, m), s = t / (alpha + T), in closed form for small whole numbers.

double alive_of(const BgNbd& model, double x, double ratio) {
  const PurchasesWhileAlive alive{model, Input{{&x, 1}}, 1};
  return alive(x, 4.0, 4.0 * ratio);
}

TEST(PurchasesWhileAlive, has_its_closed_forms_whichever_way_it_is_worked_out) {
  // By kept terms, by the series, by the integral; z = s / (1 + s) is .0099, .33, .83, .952, .968, .9947, .9967.
  for (const double s : {0.01, 0.5, 5.0, 20.0, 30.0, 190.0, 300.0}) {
    const double log = std::log1p(s), root = std::sqrt(s);
    const auto repeats = [&](double r, double a) { return alive_of({r, 1.0, a, 1.0, Dropout::after_repeats}, 0.0, s); };
    EXPECT_NEAR(repeats(1.0, 1.0) / log, 1.0, 1e-12) << s;
    EXPECT_NEAR(repeats(1.0, 2.0) / (2.0 * (1.0 - log / s)), 1.0, 1e-12) << s;
    EXPECT_NEAR(repeats(1.0, 0.5) / (root * std::atan(root)), 1.0, 1e-12) << s;
    const double rest = 1.0 / (1.0 + s);
    EXPECT_NEAR(repeats(3.0, 1.0) / (log + 1.0 - rest + (1.0 - rest * rest) / 2.0), 1.0, 1e-12) << s;
    const double any = alive_of({1.0, 1.0, 1.0, 1.0, Dropout::after_any}, 0.0, s);
    EXPECT_NEAR(any / (2.0 * (log - 1.0 + log / s)), 1.0, 1e-11) << s;
  }
}

TEST(PurchasesWhileAlive, of_customers_who_leave_soon_is_the_integral) {
  for (const double s : {3.0, 40.0}) {  // a s times the integral of p^(a - 1) / (1 + p s), by its recurrence
    double integral = std::log1p(s) / s;
    for (double k = 1.0; k < 100.0; ++k) integral = (1.0 / k - integral) / s;
    const double expected = 100.0 * s * integral;
    EXPECT_NEAR(alive_of({1.0, 1.0, 100.0, 1.0, Dropout::after_repeats}, 0.0, s) / expected, 1.0, 1e-11) << s;
  }
}

TEST(PurchasesWhileAlive, needs_no_terms_that_were_kept_and_no_time) {
  const BgNbd model{0.6, 4.0, 0.8, 2.4, Dropout::after_repeats};
  const std::vector<double> frequency{0.0, 2.0, 7.0};
  const PurchasesWhileAlive kept{model, Input{frequency}, 3};
  for (const double x : {0.0, 2.0, 7.0, 9.0}) {
    const PurchasesWhileAlive alone{model, Input{{&x, 1}}, 1};
    EXPECT_EQ(kept(x, 20.0, 15.0), alone(x, 20.0, 15.0)) << x;
    EXPECT_EQ(alone(x, 20.0, 0.0), 0.0);
    EXPECT_GT(alone(x, 20.0, 15.0), 0.0);
  }
}

}  // namespace
}  // namespace customerhealth::clv
