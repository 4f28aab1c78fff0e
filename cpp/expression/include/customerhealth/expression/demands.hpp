#pragma once

#include <cstdint>
#include <initializer_list>

#include "customerhealth/expression/expression.hpp"

namespace customerhealth::expression {

/// Some of the types number, boolean, text and instant.
class TypeSet {
 public:
  constexpr TypeSet() noexcept = default;
  constexpr TypeSet(std::initializer_list<Type> types) noexcept {
    for (const Type type : types) bits_ = static_cast<std::uint8_t>(bits_ | bit(type));
  }
  [[nodiscard]] static constexpr TypeSet all() noexcept {
    return {Type::number, Type::boolean, Type::text, Type::instant};
  }

  [[nodiscard]] constexpr bool empty() const noexcept { return bits_ == 0; }
  [[nodiscard]] constexpr bool has(Type type) const noexcept { return (bits_ & bit(type)) != 0; }
  friend constexpr TypeSet operator&(TypeSet a, TypeSet b) noexcept { return TypeSet{a.bits_ & b.bits_}; }
  friend constexpr TypeSet operator|(TypeSet a, TypeSet b) noexcept { return TypeSet{a.bits_ | b.bits_}; }
  friend constexpr bool operator==(TypeSet, TypeSet) noexcept = default;

 private:
  constexpr explicit TypeSet(int bits) noexcept : bits_{static_cast<std::uint8_t>(bits)} {}
  static constexpr std::uint8_t bit(Type type) noexcept {  // of any: none, it is no type of its own
    return type == Type::any ? std::uint8_t{0} : static_cast<std::uint8_t>(1 << (static_cast<int>(type) - 1));
  }
  std::uint8_t bits_ = 0;
};

/// The types that names may have, as far as the formulas looked at so far leave them open.
class NameTypes {
 public:
  virtual ~NameTypes() = default;
  [[nodiscard]] virtual TypeSet types(const Name& name) const = 0;
  /// A formula uses the name as one of these. `gives`: the formula's value is the name's, alone or as a branch of `if`,
  /// `coalesce`, `least`, `greatest`.
  virtual void demand(const Name& name, TypeSet types, bool gives) = 0;
};

/// Says what the formula demands of each of its names when its value is to be of one of the types `wanted`; returns the
/// types that the value may have. A use that fits no type demands nothing: `bind` says what is wrong with it.
TypeSet demand(const Expression& expression, TypeSet wanted, NameTypes& names);

}  // namespace customerhealth::expression
