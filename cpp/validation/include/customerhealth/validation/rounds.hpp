#pragma once

#include <cstdint>

namespace customerhealth::validation {

/// How often accounts are drawn anew, and by which seed.
struct Rounds {
  std::int64_t count = 0;
  std::uint64_t seed = 0;
};

}  // namespace customerhealth::validation
