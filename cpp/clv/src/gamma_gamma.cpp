#include "customerhealth/clv/gamma_gamma.hpp"

#include "customerhealth/common/math.hpp"
#include "parameters.hpp"
#include "special.hpp"

namespace customerhealth::clv {
namespace {

class GammaGammaLikelihood final : public Likelihood {
 public:
  explicit GammaGammaLikelihood(GroupedRows rows) : rows_{std::move(rows)} {}

  [[nodiscard]] std::size_t parameters() const noexcept override { return 3; }
  [[nodiscard]] double customers() const noexcept override { return rows_.total_weight(); }
  [[nodiscard]] std::int64_t rows() const noexcept override { return rows_.size(); }
  [[nodiscard]] std::unique_ptr<Likelihood> thinned(std::int64_t every) const override {
    return std::make_unique<GammaGammaLikelihood>(rows_.thinned(every));
  }

  [[nodiscard]] Evaluation evaluate(std::span<const double> at) const override {
    const GammaGamma model{at[0], at[1], at[2]};
    return sum_over(rows_.pieces(), [&](const GroupedRows::Piece& piece) { return of(model, piece); });
  }

 private:
  [[nodiscard]] Evaluation of(const GammaGamma& model, const GroupedRows::Piece& piece) const {
    const auto& [p, q, v] = model;
    const double x = piece.frequency, px = p * x;
    double value = 0.0, by_p = 0.0, logs = 0.0, inverse = 0.0;
    for (std::size_t i = piece.begin; i < piece.end; ++i) {
      const double m = rows_.first[i], w = rows_.weight[i], sum = v + x * m;
      const double log_sum = math::ln(sum), share = -math::log1p(v / (x * m));  // of x m in the sum, as a logarithm
      value += w * (px * share - math::ln(m) - q * log_sum);
      by_p += w * x * share;
      logs += w * log_sum;
      inverse += w / sum;
    }
    Evaluation out{value, {by_p, -logs, -(px + q) * inverse, 0.0}};
    if (const double w = piece.group_weight; w > 0.0) {
      const double log_v = math::ln(v);
      out += {w * (log_gamma_rise(px, q) - log_gamma(q) + q * log_v),
              {w * x * digamma_rise(px, q), w * (digamma(px + q) - digamma(q) + log_v), w * q / v, 0.0}};
    }
    return out;
  }

  GroupedRows rows_;
};

}  // namespace

void GammaGamma::check() const { check_parameters({{"p", p}, {"q", q}, {"v", v}}); }

double GammaGamma::log_likelihood(double x, double m) const {
  const double px = p * x;
  return log_gamma_rise(px, q) - log_gamma(q) + q * (math::ln(v) - math::ln(v + x * m)) - math::ln(m) -
         px * math::log1p(v / (x * m));
}

std::unique_ptr<Likelihood> gamma_gamma_likelihood(const Inputs& inputs) {
  const double zero = 0.0;
  return std::make_unique<GammaGammaLikelihood>(GroupedRows{inputs, *inputs.spend, Input{{&zero, 1}}, 1.0});
}

}  // namespace customerhealth::clv
