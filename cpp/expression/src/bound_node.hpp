#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "customerhealth/common/column.hpp"

namespace customerhealth::expression {

class Block;
class Value;
/// A node of the typed tree. Immutable; evaluated by many threads at once.
struct BoundNode {
  explicit BoundNode(Type node_type) noexcept : type{node_type} {}
  virtual ~BoundNode() = default;
  BoundNode(const BoundNode&) = delete;
  BoundNode& operator=(const BoundNode&) = delete;

  /// Called once a block, never once a row.
  [[nodiscard]] virtual Value evaluate(Block& block) const = 0;

  const Type type;
};

using BoundPtr = std::unique_ptr<const BoundNode>;
using BoundList = std::vector<BoundPtr>;

/// A node whose work is one function of its operands' values: what most nodes are.
using Kernel = Value (*)(Block&, const Value&);
using Kernel2 = Value (*)(Block&, const Value&, const Value&);

/// The value of each row; a node of type `any` is missing everywhere.
[[nodiscard]] Column evaluate(const BoundNode& node, std::span<const ColumnView> inputs, std::size_t rows);

}  // namespace customerhealth::expression
