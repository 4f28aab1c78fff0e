#pragma once

#include <string>

#include "customerhealth/common/column.hpp"

/// Types in the sentences of error messages.
namespace customerhealth::expression {

[[nodiscard]] std::string singular(Type type);
[[nodiscard]] std::string plural(Type type);
/// Why `operation` (+ - * / %) does not take these operands.
[[nodiscard]] std::string wrong_operands(char operation, Type left, Type right);
/// Why a formula of type `got` does not fit.
[[nodiscard]] std::string wrong_result(Type wanted, Type got);

}  // namespace customerhealth::expression
