#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <cstdint>

#include "customerhealth/common/parallel.hpp"
#include "customerhealth/validation/fit.hpp"

namespace customerhealth::validation {

/// The mean loss of a regression's rows, or of one in `every`, as a function of level and coefficients: the log odds
/// are level + (x - middle) c.
class LossOfRows {
 public:
  struct Sums {
    double loss = 0.0;
    Eigen::VectorXd gradient;   // of the level, then of the coefficients
    Eigen::MatrixXd curvature;  // its lower triangle; empty unless asked for
  };

  LossOfRows(const Regression& regression, Eigen::VectorXd middle, const Watch& watch, std::int64_t every = 1);

  /// Throws DataError for a row that is no number.
  [[nodiscard]] Sums at(const Eigen::VectorXd& point, bool with_curvature) const;
  [[nodiscard]] const Eigen::VectorXd& middle() const noexcept { return middle_; }

 private:
  void add_rows(std::int64_t begin, std::int64_t end, const Eigen::VectorXd& point, Sums& sums) const;
  [[noreturn]] void refuse() const;

  const Regression& regression_;
  std::int64_t every_, rows_;
  Eigen::VectorXd middle_;
  double total_ = 0.0;
  const Watch& watch_;
};

}  // namespace customerhealth::validation
