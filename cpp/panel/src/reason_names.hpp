#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "customerhealth/common/reason.hpp"

namespace customerhealth::panel {

/// The categories of every `reason` column.
[[nodiscard]] std::shared_ptr<const std::vector<std::string>> reason_names();
/// A reason's place among them; -1 (null) for none.
[[nodiscard]] constexpr std::int32_t reason_index(Reason reason) noexcept {
  return static_cast<std::int32_t>(reason) - 1;
}

}  // namespace customerhealth::panel
