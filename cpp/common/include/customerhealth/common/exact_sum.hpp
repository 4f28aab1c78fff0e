#pragma once

#include <array>
#include <cstdint>

namespace customerhealth {

/// The exact sum of doubles, rounded once at the end (as Python's math.fsum): no order of adding can change a bit.
///
/// A fixed-point number wide enough for every double, in digits of 32 bits held in 64, so that carries can wait.
class ExactSum {
 public:
  /// `value` is finite.
  void add(double value) noexcept;
  /// The value so many times (0 or more).
  void add(double value, std::int64_t times) noexcept;
  void subtract(double value) noexcept { add(-value); }

  /// Nearest double, ties to even; NaN where it does not fit.
  [[nodiscard]] double value() const noexcept;
  /// The sum divided by `count` (1 or more), rounded once: it lies between the least and the greatest summand, also
  /// where the sum itself does not fit a double.
  [[nodiscard]] double mean(std::int64_t count) const noexcept;

 private:
  static constexpr int kDigits = 68;  // 2^-1074 … 2^1024, and 2^63 of them
  /// Whether it is negative; its digits, all 0 or more, become those of its size.
  [[nodiscard]] bool take_sign() noexcept;
  void carry() noexcept;
  void add_digits(double value, std::int64_t times) noexcept;
  std::array<std::int64_t, kDigits> digits_{};
  std::int32_t adds_ = 0;
};

}  // namespace customerhealth
