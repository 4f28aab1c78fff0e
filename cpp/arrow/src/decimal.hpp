#pragma once

#include <cstddef>
#include <cstdint>

namespace customerhealth::arrow {

/// The double nearest to a two's complement integer of `kWords` 32-bit words (low first) times 10^-scale. An
/// overflow is infinite.
template <int kWords>
[[nodiscard]] double decimal_to_double(const std::byte* words, std::int32_t scale);

extern template double decimal_to_double<1>(const std::byte*, std::int32_t);
extern template double decimal_to_double<2>(const std::byte*, std::int32_t);
extern template double decimal_to_double<4>(const std::byte*, std::int32_t);
extern template double decimal_to_double<8>(const std::byte*, std::int32_t);

}  // namespace customerhealth::arrow
