#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <cstdint>

#include "customerhealth/common/parallel.hpp"
#include "customerhealth/validation/fit.hpp"

namespace customerhealth::validation {

/// The mean loss of a regression's rows, all or every so many, as a function of level and coefficients: the log odds
/// are level + (x - middle) c.
class LossOfRows {
 public:
  struct Sums {
    double loss = 0.0;
    Eigen::VectorXd gradient;   // of the level, then of the coefficients
    Eigen::MatrixXd curvature;  // its lower triangle; empty unless asked for
  };

  /// Every how many-th row is taken.
  LossOfRows(const Regression& regression, std::int64_t every, const Watch& watch);

  [[nodiscard]] Sums at(const Eigen::VectorXd& point, bool with_curvature) const;
  [[nodiscard]] const Eigen::VectorXd& middle() const noexcept { return middle_; }
  /// Weighted share of events.
  [[nodiscard]] double base_rate() const noexcept { return base_rate_; }
  [[nodiscard]] double widest() const noexcept { return widest_; }

 private:
  void add_rows(std::int64_t begin, std::int64_t end, const Eigen::VectorXd& point, Sums& sums) const;
  void refuse_bad_row() const;
  [[nodiscard]] std::size_t row(std::int64_t i) const noexcept { return static_cast<std::size_t>(i * every_); }

  const Regression& regression_;
  std::int64_t every_, rows_;
  const Watch& watch_;
  Eigen::VectorXd middle_;
  double total_ = 0.0, base_rate_ = 0.0, widest_ = 0.0;
};

}  // namespace customerhealth::validation
