#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace customerhealth {

/// Dense id: 0 <= code < count; -1 is missing. The tag keeps an account from being passed where a text is wanted.
template <class Tag>
class Code {
 public:
  constexpr Code() noexcept = default;
  constexpr explicit Code(std::int32_t value) noexcept : value_{value} {}
  [[nodiscard]] constexpr std::int32_t get() const noexcept { return value_; }
  [[nodiscard]] static constexpr Code at(std::size_t place) noexcept { return Code{static_cast<std::int32_t>(place)}; }
  /// In a vector that has one entry a code.
  [[nodiscard]] constexpr std::size_t place() const noexcept { return static_cast<std::size_t>(value_); }
  [[nodiscard]] constexpr bool is_missing() const noexcept { return value_ < 0; }
  friend constexpr auto operator<=>(Code, Code) noexcept = default;

 private:
  std::int32_t value_ = -1;
};

using AccountCode = Code<struct AccountTag>;
using TextCode = Code<struct TextTag>;
/// One of the columns that formulas read: of a panel its metrics, attributes and scores, of a table its own.
using SlotIndex = Code<struct SlotTag>;
static_assert(!std::is_convertible_v<TextCode, AccountCode>);
static_assert(sizeof(TextCode) == sizeof(std::int32_t));

}  // namespace customerhealth
