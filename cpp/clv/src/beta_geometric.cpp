#include "customerhealth/clv/beta_geometric.hpp"

#include <cmath>

#include "customerhealth/common/math.hpp"
#include "customerhealth/common/number.hpp"
#include "parameters.hpp"
#include "special.hpp"

namespace customerhealth::clv {
namespace {

constexpr double kMostRenewals = 1e7;

class RenewalLikelihood final : public Likelihood {
 public:
  RenewalLikelihood(Renewals renewals, bool free_c) : renewals_{std::move(renewals)}, free_c_{free_c} {
    for (std::size_t t = 0; t < renewals_.lost.size(); ++t) customers_ += renewals_.lost[t] + renewals_.left[t];
  }

  [[nodiscard]] std::size_t parameters() const noexcept override { return free_c_ ? 3 : 2; }
  [[nodiscard]] double customers() const noexcept override { return customers_; }
  [[nodiscard]] std::int64_t rows() const noexcept override { return static_cast<std::int64_t>(renewals_.lost.size()); }
  [[nodiscard]] std::unique_ptr<Likelihood> thinned(std::int64_t) const override {
    return std::make_unique<RenewalLikelihood>(renewals_, free_c_);  // a few numbers
  }

  [[nodiscard]] Evaluation evaluate(std::span<const double> at) const override {
    const BetaGeometric model{at[0], at[1], free_c_ ? at[2] : 1.0};
    Evaluation sum, before = log_survival(model, 0.0);
    for (std::size_t t = 0; t < renewals_.lost.size(); ++t) {
      const Evaluation now = t == 0 ? before : log_survival(model, static_cast<double>(t));
      if (const double w = renewals_.lost[t]; w > 0.0) sum += lost(before, now, w);
      if (const double w = renewals_.left[t]; w > 0.0) sum += scaled(now, w);
      before = now;
    }
    return sum;
  }

 private:
  [[nodiscard]] static Evaluation scaled(Evaluation of, double w) noexcept {
    of.value *= w;
    for (double& slope : of.gradient) slope *= w;
    return of;
  }

  /// w ln(S(t - 1) - S(t)).
  [[nodiscard]] static Evaluation lost(const Evaluation& before, const Evaluation& now, double w) noexcept {
    const double kept = math::exp(now.value - before.value), gone = -std::expm1(now.value - before.value);
    Evaluation out{w * (before.value + math::ln(gone)), {}};
    for (std::size_t i = 0; i < kMostParameters; ++i)
      out.gradient[i] = w * (before.gradient[i] - kept * now.gradient[i]) / gone;
    return out;
  }

  [[nodiscard]] static Evaluation log_survival(const BetaGeometric& m, double t) {
    const double steps = math::pow(t, m.c), by_alpha = -digamma_rise(m.alpha + m.beta, steps);
    return {m.log_survival(t),
            {by_alpha, by_alpha + digamma_rise(m.beta, steps),
             t > 0.0 ? -digamma_rise(m.beta + steps, m.alpha) * steps * math::ln(t) : 0.0, 0.0}};
  }

  Renewals renewals_;
  bool free_c_;
  double customers_ = 0.0;
};

}  // namespace

void BetaGeometric::check() const { check_parameters({{"alpha", alpha}, {"beta", beta}, {"c", c}}); }

double BetaGeometric::log_survival(double t) const {
  const double steps = math::pow(t, c);
  // The same by either pair; the smaller of the two differences keeps more digits.
  if (steps <= alpha) return log_gamma_rise(beta, steps) - log_gamma_rise(alpha + beta, steps);
  return log_gamma_rise(beta, alpha) - log_gamma_rise(beta + steps, alpha);
}

double BetaGeometric::discounted_lifetime(double d, double t) const {
  const double v = 1.0 / (1.0 + d);
  if (c == 1.0) {
    const double stays = beta + t;
    if (d > 0.0) return hypergeometric(stays, alpha + stays, v);
    return alpha > 1.0 ? (alpha + stays - 1.0) / (alpha - 1.0) : kInfinity;
  }
  if (!(d > 0.0)) return kNan;  // refused before: no closed form
  const double base = log_survival(t), log_v = math::ln(v);
  double sum = 0.0;
  for (double j = 0.0; j < kMostRenewals; ++j) {
    const double term = math::exp(log_survival(t + j) - base + j * log_v);
    sum += term;
    if (term < 1e-17 * sum * (1.0 - v)) break;  // S falls, so that the rest is at most term / (1 - v)
  }
  return sum;
}

std::unique_ptr<Likelihood> beta_geometric_likelihood(Renewals renewals, bool free_c) {
  return std::make_unique<RenewalLikelihood>(std::move(renewals), free_c);
}

}  // namespace customerhealth::clv
