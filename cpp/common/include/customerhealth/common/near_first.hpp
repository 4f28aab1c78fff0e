#pragma once

#include <string>
#include <vector>

namespace customerhealth {

/// The candidates, those spelled most like `given` first; others stay in their order.
[[nodiscard]] std::vector<std::string> near_first(const std::string& given, std::vector<std::string> candidates);

}  // namespace customerhealth
