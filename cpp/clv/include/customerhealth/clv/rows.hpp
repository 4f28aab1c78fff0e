#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "customerhealth/common/parallel.hpp"

namespace customerhealth::clv {

/// A column: a value for each row, or one value for all of them. Borrowed.
class Input {
 public:
  explicit Input(std::span<const double> values) noexcept
      : data_{values.data()}, size_{static_cast<std::int64_t>(values.size())}, step_{values.size() == 1 ? 0U : 1U} {}

  [[nodiscard]] double operator[](std::size_t row) const noexcept { return data_[row * step_]; }
  [[nodiscard]] std::int64_t size() const noexcept { return size_; }

 private:
  const double* data_;
  std::int64_t size_;
  std::size_t step_;
};

/// What a call is given, those of its columns that it has. One with NaN, or outside what its name allows, is refused.
struct Inputs {
  std::optional<Input> frequency;  // repeat purchases: whole, 0 or more
  std::optional<Input> recency;    // time of the last of them, 0 without any, at most the age
  std::optional<Input> age;        // T: time since the first purchase
  std::optional<Input> spend;      // mean value of the repeat purchases, above 0 where there are any
  std::optional<Input> weight;     // how many customers the row stands for, 0 or more
  std::optional<Input> time;       // t: a length of time, 0 or more
  std::optional<Input> count;      // n: purchases, whole, 0 or more
  bool whole_times = false;        // times are numbers of opportunities, and a purchase takes one

  /// The number of rows; throws DataError when columns differ in length.
  [[nodiscard]] std::int64_t rows() const;
  /// The first row in [begin, end) that cannot be used, or -1.
  [[nodiscard]] std::int64_t first_bad(std::int64_t begin, std::int64_t end) const noexcept;
  /// Throws a DataError that says what is wrong with the row.
  [[noreturn]] void refuse(std::int64_t row) const;
  /// Throws for the first row that cannot be used.
  void check() const;
};

inline constexpr std::int64_t kCustomersPerBlock = 4096;  // a block's columns stay in the second-level cache

/// Checks the inputs block by block and calls body(begin, end) for each block; inside `run`. Throws for the first row
/// that cannot be used, whatever the threads.
void each_block(const Inputs& inputs, std::int64_t rows, const Watch& watch,
                const std::function<void(std::int64_t, std::int64_t)>& body);

/// out[row] = of(row) for every row; inside `run`.
template <class Of>
void each_row(const Inputs& inputs, const Watch& watch, std::span<double> out, const Of& of) {
  each_block(inputs, static_cast<std::int64_t>(out.size()), watch, [&](std::int64_t begin, std::int64_t end) {
    for (auto row = static_cast<std::size_t>(begin); row < static_cast<std::size_t>(end); ++row) out[row] = of(row);
  });
}

}  // namespace customerhealth::clv
