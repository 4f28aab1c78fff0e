#pragma once

#include <span>
#include <vector>

#include "exact_rows.hpp"
#include "measure.hpp"

namespace customerhealth::scores {

/// The whole weights of a score's measures, summed at each row: those that have points, and those that apply. Each sum
/// is exact and rounded once.
class WeightSums {
 public:
  WeightSums(const model::ScoreSpec& spec, std::size_t rows);

  /// Whether all rows have one sum, of both kinds: nothing is missing.
  [[nodiscard]] bool is_one() const noexcept { return is_one_; }
  [[nodiscard]] double one() const noexcept { return one_; }
  // After `settle`.
  [[nodiscard]] std::span<const double> covered() const noexcept { return covered_; }
  [[nodiscard]] std::span<const double> applying() const noexcept { return applying_; }

  /// `missing`: whether any row of the measure has a reason.
  void add(double weight, const MeasureRows& rows, bool missing);
  void settle();
  void leave_out(std::size_t row) noexcept { applying_[row] = 0; }

 private:
  void add_rows(double weight, const MeasureRows& rows);
  void add_exactly(double weight, const MeasureRows& rows);
  void spread();

  std::size_t rows_;
  bool adds_exactly_;  // plain additions are exact: all sums are whole numbers that have a double
  // While nothing is missing all rows have one sum; then, and at the end, each has its own.
  bool is_one_;
  double one_ = 0;
  std::vector<double> covered_, applying_;
  ExactRows exact_covered_, exact_applying_;  // where plain additions are not exact
  std::vector<double> of_row_;                // likewise: the weight of the measure at hand
};

}  // namespace customerhealth::scores
