#pragma once

#include <optional>
#include <span>

#include "customerhealth/common/buffer.hpp"
#include "customerhealth/ledger/segment.hpp"

namespace customerhealth::ledger {

/// Up to here, on both sides of 0, every integer has a double of its own.
inline constexpr std::int64_t kMostExactDouble = std::int64_t{1} << 53;

/// Integers in the narrowest form that holds them all. `valid` empty: nothing is null.
[[nodiscard]] IntegerBuffer whole_numbers(std::span<const Int128> values, Buffer<std::uint8_t>&& valid,
                                          bool is_decimal);

/// Doubles or decimals as integers; nothing where one is no whole number, or a double beyond ±2^53.
[[nodiscard]] std::optional<IntegerBuffer> as_whole_numbers(const StoredColumn& column);

[[nodiscard]] bool is_whole(const StoredColumn& column) noexcept;

/// The value of a row of integers, or of doubles or decimals that are whole; nothing where it is null.
[[nodiscard]] std::optional<Int128> whole_number(const StoredColumn& column, std::size_t row) noexcept;

/// Whether some integer is beyond ±2^53, so that its double may be that of another one too.
[[nodiscard]] bool is_beyond_doubles(const IntegerBuffer& integers) noexcept;

}  // namespace customerhealth::ledger
