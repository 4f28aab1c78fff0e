#pragma once

#include <string_view>

#include "customerhealth/model/model.hpp"

namespace customerhealth::model {

/// Model::parse, with the columns of the document's tables in the order of another model's as far as that has them, so
/// that tables which were loaded for the one fit the other. Throws ModelError.
[[nodiscard]] Model parse_like(std::string_view json, const Model& tables_of);

}  // namespace customerhealth::model
