#include "customerhealth/clv/pareto_nbd.hpp"

#include <boost/math/quadrature/exp_sinh.hpp>
#include <boost/math/quadrature/tanh_sinh.hpp>
#include <cmath>

#include "customerhealth/clv/special.hpp"
#include "customerhealth/common/math.hpp"
#include "customerhealth/common/number.hpp"
#include "parameters.hpp"

namespace customerhealth::clv {
namespace {

// The likelihood of rates is lambda^x (e^-(lambda + mu) T + mu ∫ e^-(lambda + mu) y dy) with y from t_x to T. Over the
// Gammas, with P(y) = (alpha + y)^-n (beta + y)^-s and n = r + x, that is P(T) + H(t_x) - H(T), where H(y) is the
// integral from y on. Q = H / P, between 0 and 1, is a 2F1 whose power Euler's transformation has taken into P: so all
// that is left is a sum of positive terms, P(T) (1 - Q(T)) + P(t_x) Q(t_x), and nothing cancels.

/// Q(y).
double departed(const ParetoNbd& m, double n, double y) {
  const double all = n + m.s, a = m.alpha + y, b = m.beta + y;
  if (a >= b) return m.s / all * hypergeometric(n, all + 1.0, (m.alpha - m.beta) / a);
  return m.s / all * (a / b) * hypergeometric(m.s + 1.0, all + 1.0, (m.beta - m.alpha) / b);
}

/// Q(y) and the derivatives of ln Q(y) by r, alpha, s, beta.
struct Departed {
  double value, by_r, by_alpha, by_s, by_beta;
};

Departed departed_gradient(const ParetoNbd& m, double n, double y) {
  const double all = n + m.s, a = m.alpha + y, b = m.beta + y;
  if (a >= b) {
    const Hypergeometric f = hypergeometric_gradient(n, all + 1.0, (m.alpha - m.beta) / a);
    const double by_b = f.by_b / f.value, by_c = f.by_c / f.value, by_z = f.by_z / f.value;
    return {m.s / all * f.value, by_b + by_c - 1.0 / all, by_z * b / (a * a), by_c + 1.0 / m.s - 1.0 / all, -by_z / a};
  }
  const Hypergeometric f = hypergeometric_gradient(m.s + 1.0, all + 1.0, (m.beta - m.alpha) / b);
  const double by_b = f.by_b / f.value, by_c = f.by_c / f.value, by_z = f.by_z / f.value;
  return {m.s / all * (a / b) * f.value, by_c - 1.0 / all, 1.0 / a - by_z / b, by_b + by_c + 1.0 / m.s - 1.0 / all,
          by_z * a / (b * b) - 1.0 / b};
}

double log_power(const ParetoNbd& m, double n, double y) noexcept {
  return -n * math::ln(m.alpha + y) - m.s * math::ln(m.beta + y);
}

class ParetoNbdLikelihood final : public Likelihood {
 public:
  explicit ParetoNbdLikelihood(GroupedRows rows) : rows_{std::move(rows)} {}

  [[nodiscard]] std::size_t parameters() const noexcept override { return 4; }
  [[nodiscard]] double customers() const noexcept override { return rows_.total_weight(); }
  [[nodiscard]] std::int64_t rows() const noexcept override { return rows_.size(); }
  [[nodiscard]] std::unique_ptr<Likelihood> thinned(std::int64_t every) const override {
    return std::make_unique<ParetoNbdLikelihood>(rows_.thinned(every));
  }

  [[nodiscard]] Evaluation evaluate(std::span<const double> at) const override {
    const ParetoNbd m{at[0], at[1], at[2], at[3]};
    return sum_over(rows_.pieces(), [&](const GroupedRows::Piece& piece) {
      const double n = m.r + piece.frequency;
      Evaluation sum;
      for (std::size_t i = piece.begin; i < piece.end; ++i) {
        Evaluation one = of_times(m, n, rows_.first[i], rows_.second[i]);
        one.value *= rows_.weight[i];
        for (double& slope : one.gradient) slope *= rows_.weight[i];
        sum += one;
      }
      if (const double w = piece.group_weight; w > 0.0) {
        const double log_alpha = math::ln(m.alpha), log_beta = math::ln(m.beta);
        sum += {w * (log_gamma(n) - log_gamma(m.r) + m.r * log_alpha + m.s * log_beta),
                {w * (digamma(n) - digamma(m.r) + log_alpha), w * m.r / m.alpha, w * log_beta, w * m.s / m.beta}};
      }
      return sum;
    });
  }

 private:
  [[nodiscard]] static Evaluation of_times(const ParetoNbd& m, double n, double t_x, double age) {
    const Departed last = departed_gradient(m, n, t_x), end = departed_gradient(m, n, age);
    const double a_last = m.alpha + t_x, b_last = m.beta + t_x, a_end = m.alpha + age, b_end = m.beta + age;
    const double log_a_last = math::ln(a_last), log_b_last = math::ln(b_last);
    const double log_a_end = math::ln(a_end), log_b_end = math::ln(b_end);
    const double relative = math::exp(n * (log_a_last - log_a_end) + m.s * (log_b_last - log_b_end));
    const double total = relative * (1.0 - end.value) + last.value;
    const double alive = relative / total, gone = last.value / total, over = alive * end.value;
    const double stays = alive - over;  // weights of d ln P(T), d ln P(t_x) + d ln Q(t_x) and -d ln Q(T)
    return {math::ln(total) - n * log_a_last - m.s * log_b_last,
            {gone * (last.by_r - log_a_last) - stays * log_a_end - over * end.by_r,
             gone * (last.by_alpha - n / a_last) - stays * n / a_end - over * end.by_alpha,
             gone * (last.by_s - log_b_last) - stays * log_b_end - over * end.by_s,
             gone * (last.by_beta - m.s / b_last) - stays * m.s / b_end - over * end.by_beta}};
  }

  GroupedRows rows_;
};

/// The length of time, from now to `t` or without end, that a customer is expected to stay who leaves at a rate
/// mu ~ Gamma(s, rate beta).
double expected_stay(double s, double beta, double t) noexcept {
  const double length = math::log1p(t / beta), y = -(s - 1.0) * length;
  return y == 0.0 ? beta * length : -beta * std::expm1(y) / (s - 1.0);
}

/// P(X(t) = n): alive all the time, or gone at u; each with a negative binomial count. Summed as an integral of what is
/// positive: the closed form is a difference of n + 1 terms of 2F1.
double pareto_probability_of_n(double r, double alpha, double s, double beta, double n, double t) {
  const double base = log_gamma(r + n) - log_gamma(r) - log_gamma(n + 1.0);
  const auto log_count = [&](double u) {
    const double stay = -r * math::log1p(u / alpha);
    return n == 0.0 ? stay : base + stay + n * math::ln(u / (alpha + u));
  };
  if (t == 0.0) return n == 0.0 ? 1.0 : 0.0;
  const double log_s = math::ln(s / beta);
  boost::math::quadrature::tanh_sinh<double> rule{12};
  const double gone = rule.integrate(
      [&](double u) {
        if (u <= 0.0) return n == 0.0 ? s / beta : 0.0;
        return math::exp(log_count(u) + log_s - (s + 1.0) * math::log1p(u / beta));
      },
      0.0, t);
  return math::exp(log_count(t) - s * math::log1p(t / beta)) + gone;
}

}  // namespace

void ParetoNbd::check() const { check_parameters({{"r", r}, {"alpha", alpha}, {"s", s}, {"beta", beta}}); }

double ParetoNbd::log_likelihood(double x, double t_x, double age) const {
  const double n = r + x, last = log_power(*this, n, t_x);
  const double relative = math::exp(log_power(*this, n, age) - last);
  const double total = relative * (1.0 - departed(*this, n, age)) + departed(*this, n, t_x);
  return log_gamma(n) - log_gamma(r) + r * math::ln(alpha) + s * math::ln(beta) + last + math::ln(total);
}

double ParetoNbd::probability_alive(double x, double t_x, double age) const {
  const double n = r + x, growth = math::exp(log_power(*this, n, t_x) - log_power(*this, n, age));
  return 1.0 / (1.0 - departed(*this, n, age) + growth * departed(*this, n, t_x));
}

double ParetoNbd::expected_purchases(double t, double x, double t_x, double age) const {
  return probability_alive(x, t_x, age) * (r + x) / (alpha + age) * expected_stay(s, beta + age, t);
}

double ParetoNbd::expected_purchases_new(double t) const noexcept { return r / alpha * expected_stay(s, beta, t); }

double ParetoNbd::probability_of_n(double n, double t) const {
  return pareto_probability_of_n(r, alpha, s, beta, n, t);
}

double ParetoNbd::conditional_probability_of_n(double n, double t, double x, double t_x, double age) const {
  const double alive = probability_alive(x, t_x, age);
  const double of_alive = pareto_probability_of_n(r + x, alpha + age, s, beta + age, n, t);
  return alive * of_alive + (n == 0.0 ? 1.0 - alive : 0.0);
}

double ParetoNbd::discounted_residual(double d, double x, double t_x, double age) const {
  // ∫ (1 + u / B)^-s e^-d u du is the papers' Tricomi function; Boost has its relative, the exponential integral, for
  // whole s alone.
  const double rate = beta + age, q = d * rate;
  boost::math::quadrature::exp_sinh<double> rule{12};
  const double stay =
      rate * rule.integrate([&](double w) { return math::exp(-s * math::log1p(w) - q * w); }, 0.0, kInfinity);
  return probability_alive(x, t_x, age) * (r + x) / (alpha + age) * stay;
}

std::unique_ptr<Likelihood> pareto_nbd_likelihood(const Inputs& inputs) {
  return std::make_unique<ParetoNbdLikelihood>(GroupedRows{inputs, *inputs.recency, *inputs.age});
}

}  // namespace customerhealth::clv
