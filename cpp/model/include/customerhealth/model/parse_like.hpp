#pragma once

#include <string_view>

#include "customerhealth/model/model.hpp"

namespace customerhealth::model {

/// Model::parse, but columns that another model's tables have too come first, in that model's order. Tables loaded for
/// that model then fit this one. Throws ModelError.
[[nodiscard]] Model parse_like(std::string_view json, const Model& tables_of, const Watch* watch = nullptr,
                               const ZoneLibrary& zones = system_zones());

}  // namespace customerhealth::model
