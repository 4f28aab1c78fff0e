#include "customerhealth/clv/pareto_nbd.hpp"

#include <algorithm>
#include <boost/math/quadrature/exp_sinh.hpp>
#include <boost/math/quadrature/gauss.hpp>
#include <boost/math/quadrature/tanh_sinh.hpp>
#include <cmath>

#include "customerhealth/common/math.hpp"
#include "customerhealth/common/number.hpp"
#include "parameters.hpp"
#include "special.hpp"

namespace customerhealth::clv {
namespace {

// The likelihood of rates is lambda^x (e^-(lambda + mu) T + mu ∫ e^-(lambda + mu) u du) with u from t_x to T. Over the
// Gammas, with P(u) = (alpha + u)^-n (beta + u)^-s and n = r + x, that is P(T) + s ∫ P(u) / (beta + u) du: a sum of
// positive terms, in which nothing cancels. The papers' closed form is a difference of two 2F1, whose series and
// fractions take 10,000 steps and more where customers differ little in how they leave (beta far above alpha).

/// The integral from t_x to T over P(t_x), and means under its integrand.
struct Gone {
  double value = 0.0;
  double log_a = 0.0, log_b = 0.0, inverse_a = 0.0, inverse_b = 0.0;  // of alpha + u and beta + u
};

constexpr double kMostDrop = 45.0;  // e^-45 of the integrand is nothing beside the rest
constexpr double kPanel = 6.0;      // of v: 30 nodes then give 15 digits, with a pole pi away
using Rule = boost::math::quadrature::gauss<double, 30>;

/// In v = ln((m + u) / (m + t_x)) with m the smaller of alpha and beta the integrand falls like an exponential.
Gone gone_by(const ParetoNbd& m, double n, double t_x, double age) {
  const double a = m.alpha + t_x, b = m.beta + t_x;
  const bool a_first = a <= b;
  const double near = a_first ? a : b, wide = a_first ? b : a, ratio = near / wide;
  const double fall = (a_first ? n : m.s + 1.0) - 1.0, power = a_first ? m.s + 1.0 : n;
  double end = math::log1p((age - t_x) / near);
  for (;;) {  // the drop is convex in v: Newton's steps come down to where it is 45 and never pass it
    const double grown = math::exp(end) - 1.0;
    const double drop = fall * end + power * math::log1p(ratio * grown);
    if (!(drop > kMostDrop + 1.0)) break;
    end -= (drop - kMostDrop) / (fall + power * ratio * (grown + 1.0) / (1.0 + ratio * grown));
  }
  Gone out;
  const double log_near = math::ln(near), log_wide = math::ln(wide);
  double log_near_mean = 0.0, log_wide_mean = 0.0, near_mean = 0.0, wide_mean = 0.0;
  const auto at = [&](double v, double weight) {
    const double e = math::exp(v), far = math::log1p(ratio * (e - 1.0));
    const double part = weight * math::exp(-fall * v - power * far);
    out.value += part;
    log_near_mean += part * v;
    log_wide_mean += part * far;
    near_mean += part / e;
    wide_mean += part / (1.0 + ratio * (e - 1.0));
  };
  const double panels = std::max(1.0, std::ceil(end / kPanel)), half = 0.5 * end / panels;
  for (double panel = 0.0; panel < panels; ++panel) {
    const double middle = (2.0 * panel + 1.0) * half;
    for (std::size_t k = 0; k < Rule::abscissa().size(); ++k) {
      at(middle - half * Rule::abscissa()[k], Rule::weights()[k]);
      at(middle + half * Rule::abscissa()[k], Rule::weights()[k]);
    }
  }
  if (!(out.value > 0.0)) return out;
  const double whole = 1.0 / out.value;
  log_near_mean = log_near + log_near_mean * whole;
  log_wide_mean = log_wide + log_wide_mean * whole;
  near_mean *= whole / near;
  wide_mean *= whole / wide;
  out.log_a = a_first ? log_near_mean : log_wide_mean;
  out.log_b = a_first ? log_wide_mean : log_near_mean;
  out.inverse_a = a_first ? near_mean : wide_mean;
  out.inverse_b = a_first ? wide_mean : near_mean;
  out.value *= m.s / b * near * half;
  return out;
}

/// P(T) / P(t_x).
double kept(const ParetoNbd& m, double n, double t_x, double age) noexcept {
  const double passed = age - t_x;
  return math::exp(-n * math::log1p(passed / (m.alpha + t_x)) - m.s * math::log1p(passed / (m.beta + t_x)));
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
    const Gone gone = gone_by(m, n, t_x, age);
    const double stays = kept(m, n, t_x, age), total = stays + gone.value;
    const double alive = stays / total, left = gone.value / total;
    const double a_end = m.alpha + age, b_end = m.beta + age;
    return {math::ln(total) - n * math::ln(m.alpha + t_x) - m.s * math::ln(m.beta + t_x),
            {-alive * math::ln(a_end) - left * gone.log_a, -n * (alive / a_end + left * gone.inverse_a),
             -alive * math::ln(b_end) + left * (1.0 / m.s - gone.log_b),
             -alive * m.s / b_end - left * (m.s + 1.0) * gone.inverse_b}};
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
  const double n = r + x, total = kept(*this, n, t_x, age) + gone_by(*this, n, t_x, age).value;
  return log_gamma(n) - log_gamma(r) - x * math::ln(alpha + t_x) - r * math::log1p(t_x / alpha) -
         s * math::log1p(t_x / beta) + math::ln(total);
}

double ParetoNbd::probability_alive(double x, double t_x, double age) const {
  const double n = r + x, stays = kept(*this, n, t_x, age);
  return stays / (stays + gone_by(*this, n, t_x, age).value);
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
