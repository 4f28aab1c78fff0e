#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "customerhealth/clv/likelihood.hpp"
#include "customerhealth/clv/rows.hpp"

namespace customerhealth::clv {

/// When a customer may leave: after each repeat purchase (BG/NBD), or after the first purchase as well (MBG/NBD).
enum class Dropout { after_repeats, after_any };

/// The BG/NBD model (Fader, Hardie, Lee 2005, Marketing Science 24:275-284) and its modification (Batislam, Denizel,
/// Filiztekin 2007, Int. J. of Research in Marketing 24:201-209).
///
/// Purchases come at a rate lambda ~ Gamma(r, rate alpha); after a purchase the customer leaves with a probability
/// p ~ Beta(a, b). A customer who is alive at T has lambda ~ Gamma(r + x, alpha + T) and p ~ Beta(a, b + x), or
/// Beta(a, b + x + 1) in the modification, independent: what holds of a new customer holds of this one.
struct BgNbd {
  double r, alpha, a, b;
  Dropout dropout;

  /// Each throws DataError where a parameter is not above 0 and finite.
  void check() const;

  [[nodiscard]] double log_likelihood(double x, double t_x, double age) const;
  [[nodiscard]] double probability_alive(double x, double t_x, double age) const noexcept;
  [[nodiscard]] double probability_of_n(double n, double t) const;
  [[nodiscard]] double conditional_probability_of_n(double n, double t, double x, double t_x, double age) const;

  /// How often the customer could have left by x repeat purchases, added to b: x, or x + 1.
  [[nodiscard]] double stays(double x) const noexcept { return dropout == Dropout::after_any ? x + 1.0 : x; }
};

/// What an alive customer is expected to buy: E[(1 - (1 + p t / A)^-n) / p] for p ~ Beta(a, m), with n = r + x,
/// A = alpha + T and m = b + x (+ 1). It is the formula of the papers with the power of Euler's transformation of 2F1
/// taken together with the one before it, and with 1 / (a - 1), which is no singularity, divided out.
///
/// Its series in z = t / (A + t) has coefficients that depend on x alone: they are worked out once for each x.
class PurchasesWhileAlive {
 public:
  /// For customers with these frequencies.
  PurchasesWhileAlive(const BgNbd& model, const Input& frequency, std::int64_t rows);
  /// `age_rate` is alpha + T.
  [[nodiscard]] double operator()(double x, double age_rate, double t) const;

 private:
  static constexpr std::size_t kCells = 64;  // of z: each with as many terms as its upper end needs
  struct Series {
    std::vector<double> terms;
    std::uint16_t count[kCells];
  };
  [[nodiscard]] Series series(double x) const;
  [[nodiscard]] double finish(double x, double ratio, double sum) const noexcept;

  BgNbd model_;
  bool suits_series_;
  std::vector<Series> by_frequency_;
};

/// Expected purchases of a new customer in (0, t].
[[nodiscard]] double expected_purchases_new(const BgNbd& model, const PurchasesWhileAlive& alive, double t);

[[nodiscard]] std::unique_ptr<Likelihood> bgnbd_likelihood(const Inputs& inputs, Dropout dropout);

}  // namespace customerhealth::clv
