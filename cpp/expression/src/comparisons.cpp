#include "customerhealth/expression/comparisons.hpp"

#include <optional>

#include "syntax_tree.hpp"

namespace customerhealth::expression {
namespace {

std::optional<std::variant<std::string, double>> value_of(const Node& node) {
  const auto* literal = std::get_if<LiteralNode>(&node.kind);
  if (literal == nullptr) return std::nullopt;
  if (const auto* text = std::get_if<std::string>(&literal->value)) return *text;
  if (const auto* number = std::get_if<double>(&literal->value)) return *number;
  if (const auto* integer = std::get_if<Int128>(&literal->value)) return static_cast<double>(*integer);
  return std::nullopt;
}

class Finder {
 public:
  std::vector<Comparison> found;

  void look_at(const Node& node) {
    std::visit([this](const auto& kind) { look_inside(kind); }, node.kind);
  }

 private:
  void add(const Node& name, const Node& value) {
    const auto* named = std::get_if<NameNode>(&name.kind);
    auto literal = value_of(value);
    if (named != nullptr && literal && !named->name.every_part) found.push_back({named->name, std::move(*literal)});
  }

  void look_at_all(const std::vector<NodePtr>& nodes) {
    for (const NodePtr& node : nodes) look_at(*node);
  }

  void look_inside(const LiteralNode&) {}
  void look_inside(const NameNode&) {}
  void look_inside(const CallNode& call) { look_at_all(call.arguments); }
  void look_inside(const NegationNode& negation) { look_at(*negation.operand); }
  void look_inside(const NotNode& negation) { look_at(*negation.operand); }
  void look_inside(const ChainNode& chain) {
    look_at(*chain.first);
    for (const ChainNode::Step& step : chain.steps) look_at(*step.operand);
  }
  void look_inside(const JunctionNode& junction) { look_at_all(junction.operands); }
  void look_inside(const ComparisonNode& comparison) {
    if (comparison.order == Order::equal || comparison.order == Order::unequal) {
      add(*comparison.left, *comparison.right);
      add(*comparison.right, *comparison.left);
    }
    look_at(*comparison.left);
    look_at(*comparison.right);
  }
  void look_inside(const BetweenNode& between) {
    for (const NodePtr* part : {&between.value, &between.low, &between.high}) look_at(**part);
  }
  void look_inside(const MembershipNode& membership) {
    for (const NodePtr& one : membership.list) add(*membership.value, *one);
    look_at(*membership.value);
  }
  void look_inside(const IsMissingNode& test) { look_at(*test.operand); }
};

}  // namespace

std::vector<Comparison> comparisons_of(const Expression& expression) {
  Finder finder;
  finder.look_at(expression.root());
  return std::move(finder.found);
}

}  // namespace customerhealth::expression
