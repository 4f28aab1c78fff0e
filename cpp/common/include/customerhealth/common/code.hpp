#pragma once

#include <compare>
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
  [[nodiscard]] constexpr bool is_missing() const noexcept { return value_ < 0; }
  friend constexpr auto operator<=>(Code, Code) noexcept = default;

 private:
  std::int32_t value_ = -1;
};

using AccountCode = Code<struct AccountTag>;
using TextCode = Code<struct TextTag>;
static_assert(!std::is_convertible_v<TextCode, AccountCode>);
static_assert(sizeof(TextCode) == sizeof(std::int32_t));

}  // namespace customerhealth
