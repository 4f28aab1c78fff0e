#pragma once

#include <string>
#include <variant>
#include <vector>

#include "customerhealth/expression/expression.hpp"

namespace customerhealth::expression {

/// A name and a value that a formula holds it against: `severity = 'P1'`, `severity != 'P1'`, `severity in ('P1')`.
struct Comparison {
  Name name;
  std::variant<std::string, double> value;
};

/// All of them, in the order of the text; names of all parts (`m.*`) are left out.
[[nodiscard]] std::vector<Comparison> comparisons_of(const Expression& expression);

}  // namespace customerhealth::expression
