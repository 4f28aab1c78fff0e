#pragma once

#include <optional>
#include <vector>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/common/text_pool.hpp"
#include "customerhealth/model/table_spec.hpp"

namespace customerhealth::model {

/// The formulas of SourceSpec, resolved and typed.
struct BoundSource {
  std::vector<expression::BoundExpression> derived;  // beside SourceSpec::derived
  std::optional<expression::BoundExpression> where;
};

/// Binds the formulas to source columns of these types (any where nothing is known). What does not fit goes into
/// `problems`, and its formula is missing everywhere.
[[nodiscard]] BoundSource bind_source(const TableSpec& table, const std::vector<Type>& types, TextOverlay& texts,
                                      std::vector<Problem>& problems);

}  // namespace customerhealth::model
