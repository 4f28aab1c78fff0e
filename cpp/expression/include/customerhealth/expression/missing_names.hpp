#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>

#include "customerhealth/expression/expression.hpp"

namespace customerhealth::expression {

/// Which name makes a formula's value missing. Borrows the formula and the inputs; not for several threads at once.
class MissingNames {
 public:
  MissingNames(const BoundExpression& formula, std::span<const ColumnView> inputs, std::size_t rows) noexcept
      : formula_{&formula}, inputs_{inputs}, rows_{rows} {}

  /// The slot of the first missing name in the text; nothing where arithmetic is to blame. A function over parts that
  /// has no value stands for its first part; one that has a value does not blame the parts that it skipped.
  [[nodiscard]] std::optional<SlotIndex> first(std::size_t row) const;

 private:
  struct Found {
    bool is_found = false;
    std::optional<SlotIndex> slot;
  };
  [[nodiscard]] Found first_of(std::span<const TextName> names, std::size_t row) const;
  [[nodiscard]] Found first_plain(std::span<const TextName> names, std::size_t row) const;
  [[nodiscard]] bool is_missing_at(SlotIndex slot, std::size_t row) const noexcept;
  [[nodiscard]] const ColumnView& values_of(const BoundNode& function) const;

  const BoundExpression* formula_;
  std::span<const ColumnView> inputs_;
  std::size_t rows_;
  mutable std::unordered_map<const BoundNode*, Column> functions_;  // those that somebody asked about
};

}  // namespace customerhealth::expression
