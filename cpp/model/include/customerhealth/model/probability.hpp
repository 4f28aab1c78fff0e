#pragma once

#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace customerhealth::model {

/// 1 / (1 + e^-(a - b score))
struct Logit {
  double a = 0, b = 0;
};

/// How likely is, at a score, what the score warns of. It falls as the score rises.
struct Probability {
  using Curve = std::vector<std::pair<double, double>>;  // score, probability; linear between, flat outside

  std::variant<Logit, Curve> shape;
  std::optional<Curve> low, high;  // the ends of its interval

  /// Within 0...1. The score is there.
  [[nodiscard]] double at(double score) const noexcept;
  /// Where `low` and `high` are given: never above, never below the probability itself, which their lines may cross
  /// between two corners and beyond the last.
  [[nodiscard]] double low_at(double score) const noexcept;
  [[nodiscard]] double high_at(double score) const noexcept;
};

}  // namespace customerhealth::model
