#include "reason_names.hpp"

#include <utility>

namespace customerhealth::panel {

std::shared_ptr<const std::vector<std::string>> reason_names() {
  static const auto names = [] {
    auto all = std::make_shared<std::vector<std::string>>();
    for (int reason = 1; reason <= static_cast<int>(kLastReason); ++reason) {
      all->emplace_back(to_string(static_cast<Reason>(reason)));
    }
    return std::shared_ptr<const std::vector<std::string>>{std::move(all)};
  }();
  return names;
}

}  // namespace customerhealth::panel
