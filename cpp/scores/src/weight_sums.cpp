#include "weight_sums.hpp"

#include <cmath>

#include "customerhealth/common/number.hpp"

namespace customerhealth::scores {

WeightSums::WeightSums(const model::ScoreSpec& spec, std::size_t rows)
    : rows_{rows}, adds_exactly_{spec.weights_add_exactly}, is_one_{spec.weights_add_exactly} {
  if (adds_exactly_) return;
  exact_covered_.reset(rows);
  exact_applying_.reset(rows);
  of_row_.resize(rows);
}

void WeightSums::add(double weight, const MeasureRows& rows, bool missing) {
  if (is_one_ && !missing) {
    one_ += weight;
    return;
  }
  if (is_one_) spread();
  is_one_ = false;
  adds_exactly_ ? add_rows(weight, rows) : add_exactly(weight, rows);
}

void WeightSums::add_rows(double weight, const MeasureRows& rows) {
  for (std::size_t row = 0; row < rows_; ++row) {
    const bool has_points = !std::isnan(rows.points[row]);
    covered_[row] += has_points ? weight : 0.0;
  }
  for (std::size_t row = 0; row < rows_; ++row) {
    const bool has_points = !std::isnan(rows.points[row]);
    applying_[row] += has_points | (rows.reasons[row] != Reason::not_applicable) ? weight : 0.0;
  }
}

void WeightSums::add_exactly(double weight, const MeasureRows& rows) {
  for (std::size_t row = 0; row < rows_; ++row) of_row_[row] = std::isnan(rows.points[row]) ? kNan : weight;
  exact_covered_.add(1, of_row_);
  for (std::size_t row = 0; row < rows_; ++row) {
    const bool applies = !std::isnan(rows.points[row]) || rows.reasons[row] != Reason::not_applicable;
    of_row_[row] = applies ? weight : kNan;
  }
  exact_applying_.add(1, of_row_);
}

void WeightSums::settle() {
  if (is_one_) return spread();
  if (adds_exactly_) return;
  covered_.resize(rows_);
  applying_.resize(rows_);
  exact_covered_.round_to(covered_);
  exact_applying_.round_to(applying_);
}

void WeightSums::spread() {
  covered_.assign(rows_, one_);
  applying_.assign(rows_, one_);
}

}  // namespace customerhealth::scores
