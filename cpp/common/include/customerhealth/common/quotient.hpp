#pragma once

#include <cstdint>

#include "customerhealth/common/int128.hpp"

namespace customerhealth {

/// size * 2^exponent / count, rounded once: to the nearest double, ties to even; infinite where it does not fit.
/// `has_more`: the dividend has bits below those of `size`, which then fills all 128 bits. 1 <= count < 2^62.
[[nodiscard]] double nearest_quotient(Uint128 size, bool has_more, int exponent, std::int64_t count) noexcept;

}  // namespace customerhealth
