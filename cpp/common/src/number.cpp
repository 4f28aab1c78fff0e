#include "customerhealth/common/number.hpp"

#include <array>
#include <charconv>

namespace customerhealth {

std::string shortest(double value) {
  std::array<char, 32> buffer{};  // the longest, as in -2.2250738585072014e-308, has 24 characters
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), result.ptr};
}

}  // namespace customerhealth
