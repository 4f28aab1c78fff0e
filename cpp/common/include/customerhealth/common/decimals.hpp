#pragma once

/// Numbers as the decimals that people write: of a double the shortest decimal that reads back as it.
namespace customerhealth {

/// From here on not every whole number is a double.
inline constexpr double kMostWhole = 9007199254740992.0;

/// How many decimals a finite number is written with: 2 for 0.35, 0 for 100.
[[nodiscard]] int decimals_of(double value);

/// The decimal times 10^decimals, rounded once: 35 for 0.35 and 2, where the product of doubles is 35 or beside it.
/// Infinite where it does not fit.
[[nodiscard]] double shifted(double value, int decimals);

/// The double nearest to the sum of two decimals: 0.3 for 0.1 and 0.2. Where more than 15 digits or so would be needed,
/// the sum of the doubles.
[[nodiscard]] double decimal_sum(double a, double b);

}  // namespace customerhealth
