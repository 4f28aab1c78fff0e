#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "customerhealth/common/column.hpp"
#include "customerhealth/common/int128.hpp"
#include "customerhealth/expression/expression.hpp"

namespace customerhealth::expression {

using NodePtr = std::unique_ptr<const Node>;

struct Function;  // a row of the table of functions

struct Missing {};

/// An integer is any that fits an int64 or a uint64, and exact; Truth::missing does not occur.
struct LiteralNode {
  std::variant<Missing, Int128, double, Truth, std::string, Instant> value;
};
struct NameNode {
  Name name;
};
struct CallNode {
  const Function* function;
  std::vector<NodePtr> arguments;
};
struct NegationNode {  // -x
  NodePtr operand;
};
struct NotNode {
  NodePtr operand;
};
/// `a + b - c` and `a * b / c % d`, from left to right. A list, not a tree: however long, it is one level deep.
struct ChainNode {
  struct Step {
    char operation;  // + - * / %
    NodePtr operand;
  };
  NodePtr first;
  std::vector<Step> steps;
};
struct JunctionNode {
  enum class Kind : std::uint8_t { all, any };  // and, or
  Kind kind;
  std::vector<NodePtr> operands;
};
enum class Order : std::uint8_t { equal, unequal, less, at_most, greater, at_least };
struct ComparisonNode {
  Order order;
  NodePtr left, right;
};
struct BetweenNode {
  NodePtr value, low, high;
};
struct MembershipNode {  // x in (...)
  NodePtr value;
  std::vector<NodePtr> list;  // literals
};
struct IsMissingNode {
  NodePtr operand;
};

struct Node {
  std::int64_t position;  // byte offset of its first character
  std::variant<LiteralNode, NameNode, CallNode, NegationNode, NotNode, ChainNode, JunctionNode, ComparisonNode,
               BetweenNode, MembershipNode, IsMissingNode>
      kind;
};

}  // namespace customerhealth::expression
