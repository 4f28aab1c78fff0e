#pragma once

#include <cstddef>
#include <cstdint>

namespace customerhealth {

/// XXH64 of some bytes (seed 0), the same on any machine: tells damage, not malice.
[[nodiscard]] std::uint64_t checksum(const void* data, std::size_t bytes) noexcept;

}  // namespace customerhealth
