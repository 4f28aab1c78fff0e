#pragma once

#include <string>

#include "customerhealth/common/json.hpp"
#include "customerhealth/model/model.hpp"

namespace customerhealth::model {

/// Canonical JSON of what decides peers: tables, clock, `include`, scores, and of metrics, journeys and cohorts those
/// that scores or `include` read; without words, and without hysteresis and trends that none of these reads. So a model
/// that asks more of the same scores is compared with the same peers. `model` is that of the document, its steps in
/// order.
[[nodiscard]] std::string basis_of(const Json& document, const Model& model, CanonicalNotes notes, const Watch* watch);

}  // namespace customerhealth::model
