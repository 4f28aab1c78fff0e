#pragma once

#include <limits>
#include <string>

namespace customerhealth {

/// A missing number inside the core.
inline constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// The shortest text that reads back as the same number.
[[nodiscard]] std::string shortest(double value);

}  // namespace customerhealth
