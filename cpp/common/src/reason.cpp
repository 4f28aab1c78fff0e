#include "customerhealth/common/reason.hpp"

#include <array>

namespace customerhealth {
namespace {

constexpr std::array<std::string_view, static_cast<std::size_t>(kLastReason) + 1> kNames{
    "",     "never",     "silent",         "stale",        "too_young", "too_few",
    "open", "undefined", "not_applicable", "out_of_range", "few_peers", "coverage"};

}  // namespace

std::string_view to_string(Reason reason) noexcept { return kNames[static_cast<std::size_t>(reason)]; }

std::optional<Reason> parse_reason(std::string_view text) noexcept {
  for (std::size_t i = 1; i < kNames.size(); ++i) {
    if (kNames[i] == text) return static_cast<Reason>(i);
  }
  return std::nullopt;
}

}  // namespace customerhealth
