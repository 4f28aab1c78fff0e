#include "customerhealth/expression/demands.hpp"

#include <algorithm>
#include <vector>

#include "functions.hpp"
#include "lexer.hpp"
#include "nodes.hpp"

namespace customerhealth::expression {
namespace {

constexpr TypeSet kOrdered{Type::number, Type::instant};
constexpr Type kTypes[] = {Type::number, Type::boolean, Type::text, Type::instant};

/// Types flow up with `possible` and down with `demand`, which asks `possible` of each child once: no node is looked at
/// more often than it is deep.
class Demands {
 public:
  explicit Demands(NameTypes& names) : names_{names} {}

  [[nodiscard]] TypeSet possible(const Node& node) const {
    return std::visit([&](const auto& kind) { return possible_kind(kind); }, node.kind);
  }
  void demand(const Node& node, TypeSet wanted, bool gives) {
    std::visit([&](const auto& kind) { demand_kind(kind, wanted, gives); }, node.kind);
  }

 private:
  [[nodiscard]] TypeSet possible_kind(const LiteralNode& literal) const {
    const Type type = type_of(literal);
    return type == Type::any ? TypeSet::all() : TypeSet{type};
  }
  [[nodiscard]] TypeSet possible_kind(const NameNode& use) const { return names_.types(use.name); }
  [[nodiscard]] TypeSet possible_kind(const CallNode& call) const {
    return call.function->gives == Type::any ? open_types(call) : TypeSet{call.function->gives};
  }
  [[nodiscard]] TypeSet possible_kind(const NegationNode&) const { return {Type::number}; }
  [[nodiscard]] TypeSet possible_kind(const ChainNode& chain) const { return types_along(chain).back(); }
  template <class Test>  // what is true or false
  [[nodiscard]] TypeSet possible_kind(const Test&) const {
    return {Type::boolean};
  }

  /// What the arguments in the open places all may be.
  [[nodiscard]] TypeSet open_types(const CallNode& call) const {
    TypeSet common = TypeSet::all();
    for (std::size_t i = 0; i < call.arguments.size(); ++i) {
      const Parameter parameter = call.function->parameter(i);
      if (parameter == Parameter::ordered) common = common & kOrdered;
      if (is_open(parameter)) common = common & possible(*call.arguments[i]);
    }
    return common;
  }
  static bool is_open(Parameter parameter) noexcept {
    return parameter == Parameter::open || parameter == Parameter::ordered;
  }

  /// The types of the value after the first operand and after each step.
  [[nodiscard]] std::vector<TypeSet> types_along(const ChainNode& chain) const {
    std::vector<TypeSet> along{possible(*chain.first)};
    for (const ChainNode::Step& step : chain.steps) {
      const TypeSet right = possible(*step.operand);
      TypeSet after;
      for_each_fit(step.operation, along.back(), right,
                   [&](Type, Type, Type result) { after = after | TypeSet{result}; });
      along.push_back(after);
    }
    return along;
  }
  /// Calls `visit(left, right, result)` for all types that the operation takes.
  template <class Visit>
  static void for_each_fit(char operation, TypeSet left, TypeSet right, const Visit& visit) {
    for (const Type l : kTypes) {
      for (const Type r : kTypes) {
        if (!left.has(l) || !right.has(r)) continue;
        if (const auto found = find_operation(operation, l, r)) visit(l, r, found->type);
      }
    }
  }

  void demand_kind(const LiteralNode&, TypeSet, bool) {}
  void demand_kind(const NameNode& use, TypeSet wanted, bool gives) { names_.demand(use.name, wanted, gives); }
  void demand_kind(const CallNode& call, TypeSet wanted, bool gives) {
    const bool is_open_itself = call.function->gives == Type::any;
    const TypeSet open = open_types(call) & (is_open_itself ? wanted : TypeSet::all());
    for (std::size_t i = 0; i < call.arguments.size(); ++i) {
      demand_argument(*call.arguments[i], call.function->parameter(i), open, gives && is_open_itself);
    }
  }
  void demand_argument(const Node& node, Parameter parameter, TypeSet open, bool gives) {
    switch (parameter) {
      case Parameter::number:
        return demand(node, {Type::number}, false);
      case Parameter::boolean:
        return demand(node, {Type::boolean}, false);
      case Parameter::text:
        return demand(node, {Type::text}, false);
      case Parameter::instant:
        return demand(node, {Type::instant}, false);
      case Parameter::open:
      case Parameter::ordered:
        return demand(node, open, gives);
      case Parameter::digits:
      case Parameter::length:
      case Parameter::pattern:
        return;
    }
  }
  void demand_kind(const NegationNode& negation, TypeSet, bool) { demand(*negation.operand, {Type::number}, false); }
  void demand_kind(const NotNode& negation, TypeSet, bool) { demand(*negation.operand, {Type::boolean}, false); }
  void demand_kind(const ChainNode& chain, TypeSet wanted, bool gives) {
    const std::vector<TypeSet> along = types_along(chain);
    TypeSet after = chain.steps.empty() ? wanted : along.back() & wanted;
    for (std::size_t i = chain.steps.size(); i-- > 0;) {
      const ChainNode::Step& step = chain.steps[i];
      TypeSet left, right;
      for_each_fit(step.operation, along[i], possible(*step.operand), [&](Type l, Type r, Type result) {
        if (after.has(result)) left = left | TypeSet{l}, right = right | TypeSet{r};
      });
      demand(*step.operand, right, false);
      after = left;
    }
    demand(*chain.first, after, gives && chain.steps.empty());
  }
  void demand_kind(const JunctionNode& junction, TypeSet, bool) {
    for (const NodePtr& operand : junction.operands) demand(*operand, {Type::boolean}, false);
  }
  void demand_kind(const ComparisonNode& comparison, TypeSet, bool) {
    const bool equality = comparison.order == Order::equal || comparison.order == Order::unequal;
    demand_alike({comparison.left.get(), comparison.right.get()}, equality ? TypeSet::all() : kOrdered);
  }
  void demand_kind(const BetweenNode& between, TypeSet, bool) {
    demand_alike({between.value.get(), between.low.get(), between.high.get()}, kOrdered);
  }
  void demand_kind(const MembershipNode& membership, TypeSet, bool) {
    TypeSet common = possible(*membership.value);
    for (const NodePtr& item : membership.list) common = common & possible(*item);
    demand(*membership.value, common, false);
  }
  void demand_kind(const IsMissingNode& test, TypeSet, bool) { demand(*test.operand, TypeSet::all(), false); }

  void demand_alike(std::initializer_list<const Node*> nodes, TypeSet common) {
    for (const Node* node : nodes) common = common & possible(*node);
    for (const Node* node : nodes) demand(*node, common, false);
  }

  NameTypes& names_;
};

}  // namespace
TypeSet demand(const Expression& expression, TypeSet wanted, NameTypes& names) {
  Demands demands{names};
  const TypeSet fits = demands.possible(expression.root()) & wanted;
  demands.demand(expression.root(), fits, true);
  return demands.possible(expression.root()) & wanted;
}

}  // namespace customerhealth::expression
