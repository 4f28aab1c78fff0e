#pragma once

#include <string_view>

#include "customerhealth/common/json.hpp"
#include "problems.hpp"

namespace customerhealth::model {

/// Reads JSON text. Keys given twice and numbers that do not fit go into `findings`, with their paths. Throws
/// ModelError, with the byte, where the text is no JSON, no UTF-8, or nested too deeply to be a model.
[[nodiscard]] Json read_json(std::string_view text, Findings& findings);

}  // namespace customerhealth::model
