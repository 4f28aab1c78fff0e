#include "customerhealth/clv/bgnbd.hpp"

#include "customerhealth/common/math.hpp"
#include "parameters.hpp"
#include "special.hpp"

namespace customerhealth::clv {
namespace {

/// ln(1 + e^d), and how it grows with d.
struct SoftPlus {
  double value, slope;
};

SoftPlus soft_plus(double d) noexcept {
  if (d > 0.0) {
    const double e = math::exp(-d);
    return {d + math::ln(1.0 + e), 1.0 / (1.0 + e)};
  }
  const double e = math::exp(d);
  return {math::ln(1.0 + e), e / (1.0 + e)};
}

class BgNbdLikelihood final : public Likelihood {
 public:
  BgNbdLikelihood(GroupedRows rows, Dropout dropout) : rows_{std::move(rows)}, dropout_{dropout} {}

  [[nodiscard]] std::size_t parameters() const noexcept override { return 4; }
  [[nodiscard]] double customers() const noexcept override { return rows_.total_weight(); }
  [[nodiscard]] std::int64_t rows() const noexcept override { return rows_.size(); }
  [[nodiscard]] std::unique_ptr<Likelihood> thinned(std::int64_t every) const override {
    return std::make_unique<BgNbdLikelihood>(rows_.thinned(every), dropout_);
  }

  [[nodiscard]] Evaluation evaluate(std::span<const double> at) const override {
    const BgNbd model{at[0], at[1], at[2], at[3], dropout_};
    return sum_over(rows_.pieces(), [&](const GroupedRows::Piece& piece) {
      Evaluation sum = of_times(model, piece);
      if (piece.group_weight > 0.0) sum += of_frequency(model, piece);
      return sum;
    });
  }

 private:
  /// The terms that depend on the frequency alone.
  [[nodiscard]] static Evaluation of_frequency(const BgNbd& model, const GroupedRows::Piece& piece) {
    const double n = model.r + piece.frequency, m = model.b + model.stays(piece.frequency), w = piece.group_weight;
    const double ab = model.a + model.b, log_alpha = math::ln(model.alpha);
    const double value = log_gamma(n) - log_gamma(model.r) + model.r * log_alpha + log_gamma(ab) - log_gamma(model.b) +
                         log_gamma(m) - log_gamma(model.a + m);
    const double by_ab = digamma(ab) - digamma(model.a + m);
    return {w * value,
            {w * (digamma(n) - digamma(model.r) + log_alpha), w * model.r / model.alpha, w * by_ab,
             w * (by_ab + digamma(m) - digamma(model.b))}};
  }

  /// ln(alive + left): (alpha + T)^-n, and a / (m - 1) (alpha + t_x)^-n where the customer may have left.
  [[nodiscard]] Evaluation of_times(const BgNbd& model, const GroupedRows::Piece& piece) const {
    const double n = model.r + piece.frequency, stays = model.stays(piece.frequency);
    if (stays == 0.0) return of_alive(model, piece);
    const double last_stay = model.b + stays - 1.0, odds = math::ln(model.a / last_stay);
    double value = 0.0, by_n = 0.0, by_alpha = 0.0, left = 0.0;
    for (std::size_t i = piece.begin; i < piece.end; ++i) {
      const double at_last = model.alpha + rows_.first[i], at_end = model.alpha + rows_.second[i], w = rows_.weight[i];
      const double log_last = math::ln(at_last), log_end = math::ln(at_end);
      const SoftPlus gone = soft_plus(odds + n * (log_end - log_last));
      value += w * (gone.value - n * log_end);
      by_n -= w * ((1.0 - gone.slope) * log_end + gone.slope * log_last);
      by_alpha -= w * n * ((1.0 - gone.slope) / at_end + gone.slope / at_last);
      left += w * gone.slope;
    }
    return {value, {by_n, by_alpha, left / model.a, -left / last_stay}};
  }

  [[nodiscard]] Evaluation of_alive(const BgNbd& model, const GroupedRows::Piece& piece) const {
    double logs = 0.0, inverse = 0.0;
    for (std::size_t i = piece.begin; i < piece.end; ++i) {
      const double at_end = model.alpha + rows_.second[i], w = rows_.weight[i];
      logs += w * math::ln(at_end);
      inverse += w / at_end;
    }
    const double n = model.r + piece.frequency;
    return {-n * logs, {-logs, -n * inverse, 0.0, 0.0}};
  }

  GroupedRows rows_;
  Dropout dropout_;
};

/// P(X(t) = n) of a customer who is alive and has these parameters (FHL 2005, eq. 8).
double bgnbd_probability_of_n(double shape, double rate, double a, double m, double n, double t) {
  const double log_stay = math::log1p(-t / (rate + t));  // ln(rate / (rate + t))
  if (n == 0.0) return math::exp(shape * log_stay);
  const double z = t / (rate + t);
  if (z == 0.0) return 0.0;
  const double base = log_beta(a, m);
  const double all = log_beta(a, m + n) - base + log_gamma(shape + n) - log_gamma(shape) - log_gamma(n + 1.0) +
                     shape * log_stay + n * math::ln(z);
  const double left = math::exp(log_beta(a + 1.0, m + n - 1.0) - base) * incomplete_beta(n, shape, z);
  return math::exp(all) + left;
}

}  // namespace

void BgNbd::check() const { check_parameters({{"r", r}, {"alpha", alpha}, {"a", a}, {"b", b}}); }

double BgNbd::log_likelihood(double x, double t_x, double age) const {
  const double n = r + x, m = b + stays(x);
  const double both = log_gamma(n) - log_gamma(r) + r * math::ln(alpha) + log_beta(a, m) - log_beta(a, b);
  const double log_end = math::ln(alpha + age);
  if (stays(x) == 0.0) return both - n * log_end;
  const double d = math::ln(a / (m - 1.0)) + n * (log_end - math::ln(alpha + t_x));
  return both - n * log_end + soft_plus(d).value;
}

double BgNbd::probability_alive(double x, double t_x, double age) const noexcept {
  if (stays(x) == 0.0) return 1.0;
  const double odds = a / (b + stays(x) - 1.0);
  return 1.0 / (1.0 + odds * math::exp((r + x) * math::ln((alpha + age) / (alpha + t_x))));
}

double BgNbd::probability_of_n(double n, double t) const {
  if (dropout == Dropout::after_repeats) return bgnbd_probability_of_n(r, alpha, a, b, n, t);
  const double stayed = b / (a + b);
  return stayed * bgnbd_probability_of_n(r, alpha, a, b + 1.0, n, t) + (n == 0.0 ? 1.0 - stayed : 0.0);
}

double BgNbd::conditional_probability_of_n(double n, double t, double x, double t_x, double age) const {
  const double alive = probability_alive(x, t_x, age);
  const double of_alive = bgnbd_probability_of_n(r + x, alpha + age, a, b + stays(x), n, t);
  return alive * of_alive + (n == 0.0 ? 1.0 - alive : 0.0);
}

std::unique_ptr<Likelihood> bgnbd_likelihood(const Inputs& inputs, Dropout dropout) {
  return std::make_unique<BgNbdLikelihood>(GroupedRows{inputs, *inputs.recency, *inputs.age}, dropout);
}

}  // namespace customerhealth::clv
