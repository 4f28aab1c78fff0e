#include <algorithm>
#include <boost/math/quadrature/tanh_sinh.hpp>
#include <cmath>

#include "customerhealth/clv/bgnbd.hpp"
#include "customerhealth/common/math.hpp"
#include "special.hpp"

namespace customerhealth::clv {
namespace {

constexpr double kMostTabled = 0.96;  // z up to which terms are kept; the cells share it equally
constexpr double kMostSeries = 0.995;
constexpr double kMostRepeats = 65535.0;  // beyond, a customer's terms are not kept
constexpr double kMostLeaving = 60.0;     // of a
constexpr double kSmall = 1e-17;
constexpr std::size_t kMostTerms = 4096;  // at 0.96 about 900 are enough

/// ln(1 + q), quickly where that loses nothing.
double log_of_one_plus(double q) noexcept { return q > 0.05 ? math::ln(1.0 + q) : math::log1p(q); }

/// The terms of c S(z): u_1 = (c - n) z, u_k+1 = u_k (c - n + k) (e + k) / ((c + k) (k + 1)) z, with e = a - 1.
struct Recurrence {
  double shift, e, c;  // shift = c - n
  [[nodiscard]] double ratio(double k) const noexcept { return (shift + k) * (e + k) / ((c + k) * (k + 1.0)); }
};

/// Whether what follows a term is nothing beside `scale`: the ratio of terms tends to z from one side.
bool negligible(double term, double ratio, double z, double scale) noexcept {
  const double most = std::max(std::abs(ratio), z);
  return most < 1.0 && std::abs(term) < kSmall * scale * (1.0 - most);
}

double summed(const Recurrence& terms, double z, double scale) noexcept {
  double term = terms.shift * z, sum = term;
  for (double k = 1.0; k < 1e6; ++k) {
    const double ratio = terms.ratio(k) * z;
    if (negligible(term, ratio, z, scale)) break;
    term *= ratio;
    sum += term;
  }
  return sum;
}

/// The expectation as the integral that it is, for parameters or times at which the series would lose digits or not
/// end: E[(1 - (1 + p s)^-n) / p], p ~ Beta(a, m). For a < 1 in u = p^a, which takes the singularity at 0 away.
double integral(double n, double a, double m, double s) {
  const double log_scale = -log_beta(a, m);
  const auto purchases = [&](double p) {
    const double q = p * s;
    return q < 1e-300 ? n * s : -std::expm1(-n * math::log1p(q)) / p;
  };
  boost::math::quadrature::tanh_sinh<double> rule{12};
  if (a < 1.0) {
    const auto of = [&](double u, double complement) {
      const double log_u = u < 0.5 ? math::ln(u) : math::log1p(-complement);
      const double p = math::exp(log_u / a), rest = -std::expm1(log_u / a);
      return math::exp((m - 1.0) * math::ln(rest) + log_scale) / a * purchases(p);
    };
    return rule.integrate([&](double u, double xc) { return of(u, u < 0.5 ? 1.0 - u : std::abs(xc)); }, 0.0, 1.0);
  }
  // The integral is cut into three parts: with a large a + m all weight lies on a short piece of (0, 1), which one rule
  // over the whole can miss.
  const double mean = a / (a + m), spread = 8.0 * math::sqrt(mean * (1.0 - mean) / (a + m + 1.0));
  const double low = std::max(0.0, mean - spread), high = std::min(1.0, mean + spread);
  const auto part = [&](double from, double to) {
    if (!(from < to)) return 0.0;
    return rule.integrate(
        [&](double p, double to_end) {
          const double rest = to == 1.0 && p > 0.5 * (from + to) ? std::abs(to_end) : 1.0 - p;
          if (p <= 0.0) return 0.0;
          return math::exp((a - 1.0) * math::ln(p) + (m - 1.0) * math::ln(rest) + log_scale) * purchases(p);
        },
        from, to);
  };
  return part(0.0, low) + part(low, high) + part(high, 1.0);
}

}  // namespace

PurchasesWhileAlive::PurchasesWhileAlive(const BgNbd& model, const Input& frequency, std::int64_t rows)
    // With c - n = a + b - 1 - r (+ 1) below -1 the terms alternate and cancel; with a large a, without the powers of
    // z that make them small, they overflow.
    : model_{model},
      suits_series_{model.a + model.b + model.stays(0.0) - 1.0 - model.r > -1.0 && model.a <= kMostLeaving} {
  std::vector<char> seen;
  for (std::size_t i = 0; i < static_cast<std::size_t>(std::min(rows, frequency.size())); ++i) {
    if (!(frequency[i] >= 0.0 && frequency[i] <= kMostRepeats)) continue;  // refused, or worked out alone
    const auto x = static_cast<std::size_t>(frequency[i]);
    if (x >= seen.size()) seen.resize(x + 1);
    seen[x] = 1;
  }
  by_frequency_.resize(seen.size());
  if (!suits_series_) return;
  for_each(static_cast<std::int64_t>(seen.size()), [&](std::int64_t i) {
    const auto x = static_cast<std::size_t>(i);
    if (seen[x] != 0) by_frequency_[x] = series(static_cast<double>(i));
  });
}

auto PurchasesWhileAlive::series(double x) const -> Series {
  const double n = model_.r + x, c = model_.a + model_.b + model_.stays(x) - 1.0;
  const Recurrence terms{c - n, model_.a - 1.0, c};
  Series out{{terms.shift}, {}};
  std::size_t k = 1;  // out.terms has k of them
  for (std::size_t cell = 0; cell < kCells; ++cell) {
    const double z = kMostTabled * static_cast<double>(cell + 1) / static_cast<double>(kCells);
    double power = std::pow(z, static_cast<double>(k));
    while (k < kMostTerms) {
      const double ratio = terms.ratio(static_cast<double>(k)) * z;
      if (negligible(out.terms.back() * power, ratio, z, n * z)) break;
      out.terms.push_back(out.terms.back() * terms.ratio(static_cast<double>(k)));
      power *= z;
      ++k;
    }
    out.count[cell] = static_cast<std::uint16_t>((k + 3) / 4 * 4);
  }
  while (out.terms.size() % 4 != 0) out.terms.push_back(0.0);
  return out;
}

double PurchasesWhileAlive::finish(double x, double ratio, double sum) const noexcept {
  const double e = model_.a - 1.0, c = e + model_.b + model_.stays(x);
  const double length = log_of_one_plus(ratio), y = -e * length;  // (1 - z)^e = exp(y)
  // Each from the other where that loses nothing: 1 + grown would lose a small power, power - 1 a small growth.
  const bool small = std::abs(y) <= 0.05;
  const double growth = small ? std::expm1(y) : 0.0;
  const double power = small ? 1.0 + growth : math::exp(y);
  const double grown = small ? growth : power - 1.0;
  const double head = y == 0.0 ? length : -grown / e;
  return c * head - power * sum;
}

double PurchasesWhileAlive::operator()(double x, double age_rate, double t) const {
  const double ratio = t / age_rate, z = t / (age_rate + t);
  if (t == 0.0) return 0.0;
  const double e = model_.a - 1.0, n = model_.r + x;
  // Below kMostTabled the power cannot overflow: e is at most 59, the logarithm 3.2.
  const bool overflows = z >= kMostTabled && (e * ratio > 1e300 || e * math::log1p(ratio) > 300.0);
  if (!suits_series_ || z > kMostSeries || overflows) return integral(n, model_.a, model_.b + model_.stays(x), ratio);
  if (z >= kMostTabled) {
    const double c = e + model_.b + model_.stays(x);
    return finish(x, ratio, summed({c - n, e, c}, z, n * z));
  }
  Series alone;
  const bool kept = x < static_cast<double>(by_frequency_.size());
  if (!kept) alone = series(x);
  const Series& terms = kept ? by_frequency_[static_cast<std::size_t>(x)] : alone;
  const auto cell = static_cast<std::size_t>(z * (static_cast<double>(kCells) / kMostTabled));
  const std::size_t count = terms.count[std::min(cell, kCells - 1)];
  // The series is summed as four polynomials in z^4, whose products do not wait for each other; in one polynomial each
  // product waits for the one before.
  const double z2 = z * z, z4 = z2 * z2;
  double s0 = 0.0, s1 = 0.0, s2 = 0.0, s3 = 0.0;
  for (const double* at = terms.terms.data() + count; at != terms.terms.data();) {
    at -= 4;
    s0 = s0 * z4 + at[0];
    s1 = s1 * z4 + at[1];
    s2 = s2 * z4 + at[2];
    s3 = s3 * z4 + at[3];
  }
  return finish(x, ratio, z * ((s0 + s1 * z) + z2 * (s2 + s3 * z)));
}

double expected_purchases_new(const BgNbd& model, const PurchasesWhileAlive& alive, double t) {
  if (model.dropout == Dropout::after_repeats) return alive(0.0, model.alpha, t);
  // Alive after the first purchase with probability b / (a + b), and then p ~ Beta(a, b + 1), as with x = 0.
  return model.b / (model.a + model.b) * alive(0.0, model.alpha, t);
}

}  // namespace customerhealth::clv
