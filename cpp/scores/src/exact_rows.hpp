#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace customerhealth::scores {

/// A sum for each row of a block, exact until it is rounded once: no order of adding can change a bit, as with
/// ExactSum, at the price of a few additions. What a sum loses is kept in a second double, and what that one loses,
/// which rarely is anything, in a list. While all products are short, as those of bands and labels, one double loses
/// nothing.
class ExactRows {
 public:
  void reset(std::size_t rows);
  /// Adds `factor` times each value, the product rounded; a missing value adds nothing.
  void add(double factor, std::span<const double> values);
  /// The sums, each rounded once; NaN where one overflowed on the way.
  void round_to(std::span<double> out);

 private:
  struct Lost {
    std::size_t row;
    double value;
  };

  [[nodiscard]] bool stays_short(double factor, std::span<const double> values) noexcept;
  void note_lost();

  std::vector<double> high_, low_, lost_;  // by row; `lost_` of the latest addition
  std::vector<Lost> all_lost_;
  bool is_short_ = true;  // all sums are multiples of 2^-20 below 2^32
  double factors_ = 0;    // their sum, while that holds
};

}  // namespace customerhealth::scores
