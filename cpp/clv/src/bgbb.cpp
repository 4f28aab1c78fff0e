#include "customerhealth/clv/bgbb.hpp"

#include <cmath>

#include "customerhealth/clv/special.hpp"
#include "customerhealth/common/math.hpp"
#include "parameters.hpp"

namespace customerhealth::clv {
namespace {

/// One way in which a history can have come about: B(alpha + x, beta + misses) B(gamma + left, delta + stays), over
/// B(alpha, beta) B(gamma, delta).
double log_way(const BgBb& m, double x, double misses, double left, double stays) {
  return log_beta(m.alpha + x, m.beta + misses) - log_beta(m.alpha, m.beta) +
         log_beta(m.gamma + left, m.delta + stays) - log_beta(m.gamma, m.delta);
}

/// Its derivatives, but for those of the denominator, which all ways share.
std::array<double, kMostParameters> slopes(const BgBb& m, double x, double misses, double left, double stays) {
  const double bought = digamma(m.alpha + x + m.beta + misses), stayed = digamma(m.gamma + left + m.delta + stays);
  return {digamma(m.alpha + x) - bought, digamma(m.beta + misses) - bought, digamma(m.gamma + left) - stayed,
          digamma(m.delta + stays) - stayed};
}

/// Calls of(log_way, left, misses, stays) for alive at n, then for having left after i more misses since t_x.
template <class Of>
void each_way(const BgBb& m, double x, double t_x, double n, const Of& of) {
  of(log_way(m, x, n - x, 0.0, n), 0.0, n - x, n);
  for (double i = 0.0; i < n - t_x; ++i) of(log_way(m, x, t_x - x + i, 1.0, t_x + i), 1.0, t_x - x + i, t_x + i);
}

class BgBbLikelihood final : public Likelihood {
 public:
  explicit BgBbLikelihood(GroupedRows rows) : rows_{std::move(rows)} {}

  [[nodiscard]] std::size_t parameters() const noexcept override { return 4; }
  [[nodiscard]] double customers() const noexcept override { return rows_.total_weight(); }
  [[nodiscard]] std::int64_t rows() const noexcept override { return rows_.size(); }
  [[nodiscard]] std::unique_ptr<Likelihood> thinned(std::int64_t every) const override {
    return std::make_unique<BgBbLikelihood>(rows_.thinned(every));
  }

  [[nodiscard]] Evaluation evaluate(std::span<const double> at) const override {
    const BgBb m{at[0], at[1], at[2], at[3]};
    const auto shared = slopes(m, 0.0, 0.0, 0.0, 0.0);
    return sum_over(rows_.pieces(), [&](const GroupedRows::Piece& piece) {
      Evaluation sum;
      for (std::size_t i = piece.begin; i < piece.end; ++i) {
        const double x = piece.frequency, t_x = rows_.first[i], n = rows_.second[i], w = rows_.weight[i];
        const double total = m.log_likelihood(x, t_x, n);
        sum.value += w * total;
        each_way(m, x, t_x, n, [&](double log_share, double left, double misses, double stays) {
          const double share = w * math::exp(log_share - total);
          const auto by = slopes(m, x, misses, left, stays);
          for (std::size_t k = 0; k < kMostParameters; ++k) sum.gradient[k] += share * by[k];
        });
        for (std::size_t k = 0; k < kMostParameters; ++k) sum.gradient[k] -= w * shared[k];
      }
      return sum;
    });
  }

 private:
  GroupedRows rows_;
};

/// The sum of the survival at opportunities 1 … t.
double expected_opportunities(double gamma, double delta, double t) {
  double alive = 1.0, sum = 0.0;
  for (double j = 0.0; j < t; ++j) {
    alive *= (delta + j) / (gamma + delta + j);
    sum += alive;
  }
  return sum;
}

}  // namespace

void BgBb::check() const { check_parameters({{"alpha", alpha}, {"beta", beta}, {"gamma", gamma}, {"delta", delta}}); }

double BgBb::log_likelihood(double x, double t_x, double n) const {
  double first = 0.0, sum = 0.0;  // relative to the way that comes first; a later one is at most some 1e300 times it
  bool begun = false;
  each_way(*this, x, t_x, n, [&](double log_share, double, double, double) {
    if (!begun || log_share > first) {
      sum = begun ? sum * math::exp(first - log_share) + 1.0 : 1.0;
      first = log_share;
      begun = true;
    } else {
      sum += math::exp(log_share - first);
    }
  });
  return first + math::ln(sum);
}

double BgBb::probability_alive(double ahead, double x, double t_x, double n) const {
  return math::exp(log_way(*this, x, n - x, 0.0, n + ahead) - log_likelihood(x, t_x, n));
}

double BgBb::expected_purchases(double t, double x, double t_x, double n) const {
  const double rate = (alpha + x) / (alpha + beta + n);
  return probability_alive(0.0, x, t_x, n) * rate * expected_opportunities(gamma, delta + n, t);
}

double BgBb::expected_purchases_new(double t) const {
  return alpha / (alpha + beta) * expected_opportunities(gamma, delta, t);
}

double BgBb::probability_of_n(double count, double t) const {
  if (count > t) return 0.0;
  const auto choose = [](double n, double k) {
    return log_gamma(n + 1.0) - log_gamma(k + 1.0) - log_gamma(n - k + 1.0);
  };
  double sum = math::exp(choose(t, count) + log_way(*this, count, t - count, 0.0, t));
  for (double i = count; i < t; ++i) sum += math::exp(choose(i, count) + log_way(*this, count, i - count, 1.0, i));
  return sum;
}

double BgBb::conditional_probability_of_n(double count, double t, double x, double t_x, double n) const {
  const double alive = probability_alive(0.0, x, t_x, n);
  const BgBb now{alpha + x, beta + n - x, gamma, delta + n};
  return alive * now.probability_of_n(count, t) + (count == 0.0 ? 1.0 - alive : 0.0);
}

double BgBb::discounted_residual(double d, double x, double t_x, double n) const {
  const double v = 1.0 / (1.0 + d), rate = (alpha + x) / (alpha + beta + n), stays = delta + n;
  const double next = probability_alive(0.0, x, t_x, n) * stays / (gamma + stays);
  return rate * next * v * hypergeometric(stays + 1.0, gamma + stays + 1.0, v);
}

std::unique_ptr<Likelihood> bgbb_likelihood(const Inputs& inputs) {
  return std::make_unique<BgBbLikelihood>(GroupedRows{inputs, *inputs.recency, *inputs.age});
}

}  // namespace customerhealth::clv
