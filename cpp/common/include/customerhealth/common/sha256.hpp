#pragma once

#include <string>
#include <string_view>

namespace customerhealth {

/// SHA-256 (FIPS 180-4), in hex.
[[nodiscard]] std::string sha256(std::string_view bytes);

}  // namespace customerhealth
