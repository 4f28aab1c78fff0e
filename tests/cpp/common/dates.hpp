#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "customerhealth/common/length.hpp"

namespace customerhealth {

/// Dates and times as they are written.
using Dates = std::vector<std::string>;

inline Instant at(std::string_view date) { return parse_instant(date).value(); }

inline Dates shown(const std::vector<Instant>& instants) {
  Dates out;
  for (const Instant t : instants) out.push_back(to_string(t));
  return out;
}

}  // namespace customerhealth
