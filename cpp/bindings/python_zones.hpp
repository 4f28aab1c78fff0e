#pragma once

#include "customerhealth/common/zone.hpp"

namespace customerhealth::bindings {

/// The zones that Python's zoneinfo has: of the operating system, else of the package tzdata. Takes the GIL to ask.
[[nodiscard]] const ZoneLibrary& python_zones();

}  // namespace customerhealth::bindings
