#pragma once

#include <cmath>
#include <initializer_list>
#include <string>
#include <utility>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/common/number.hpp"

namespace customerhealth::clv {

/// Throws for the first parameter that is not above 0 and finite.
inline void check_parameters(std::initializer_list<std::pair<const char*, double>> parameters) {
  for (const auto& [name, value] : parameters) {
    if (value > 0.0 && std::isfinite(value)) continue;
    throw DataError{std::string{name} + ": expected a finite number above 0, got " + shortest(value), "", name};
  }
}

}  // namespace customerhealth::clv
