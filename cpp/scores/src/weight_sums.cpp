#include "weight_sums.hpp"

#include <cmath>
#include <cstring>

#include "customerhealth/common/number.hpp"
#include "customerhealth/common/wide.hpp"

namespace customerhealth::scores {
namespace {

CUSTOMERHEALTH_WIDE void add_where_points(double weight, std::span<const double> points,
                                          std::span<double> sums) noexcept {
  double* const out = sums.data();
  for (std::size_t row = 0; row < points.size(); ++row) out[row] += std::isnan(points[row]) ? 0.0 : weight;
}

CUSTOMERHEALTH_WIDE void add_where_applying(double weight, std::span<const double> points,
                                            std::span<const Reason> reasons, std::span<double> sums) noexcept {
  double* const out = sums.data();
  for (std::size_t row = 0; row < points.size(); ++row) {
    const bool has_points = !std::isnan(points[row]);
    out[row] += has_points | (reasons[row] != Reason::not_applicable) ? weight : 0.0;
  }
}

CUSTOMERHEALTH_WIDE void add_to_all(double weight, std::span<double> sums) noexcept {
  for (double& sum : sums) sum += weight;
}

bool any_not_applicable(std::span<const Reason> reasons) noexcept {
  return std::memchr(reasons.data(), static_cast<int>(Reason::not_applicable), reasons.size()) != nullptr;
}

}  // namespace

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
  add_where_points(weight, rows.points, covered_);
  if (any_not_applicable(rows.reasons))
    add_where_applying(weight, rows.points, rows.reasons, applying_);
  else
    add_to_all(weight, applying_);
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
