#include <algorithm>
#include <memory>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/expression/expression.hpp"
#include "functions.hpp"
#include "lexer.hpp"
#include "nodes.hpp"
#include "type_words.hpp"

namespace customerhealth::expression {
namespace {

/// The `m.*` that a function over parts goes over.
struct Parts {
  std::optional<Name> name;
  std::size_t count = 0;
};

/// Turns a syntax tree into a typed tree.
class Binder {
 public:
  Binder(const std::string& text, const Scope& scope, TextOverlay& texts) : text_{text}, scope_{scope}, texts_{texts} {}

  BoundPtr bind(const Node& node) {
    return std::visit([&](const auto& kind) { return bind_kind(node, kind); }, node.kind);
  }
  [[noreturn]] void fail(const std::string& message, const Node& at) const {
    throw FormulaError{message, text_, at.position};
  }
  [[nodiscard]] std::vector<SlotIndex> take_slots() noexcept { return std::move(slots_); }
  [[nodiscard]] std::vector<TextName> take_names() noexcept { return std::move(names_); }

 private:
  BoundPtr bind_kind(const Node& node, const LiteralNode& literal);
  BoundPtr bind_kind(const Node& node, const NameNode& name);
  BoundPtr bind_kind(const Node& node, const CallNode& call);
  BoundPtr bind_kind(const Node& node, const NegationNode& negation);
  BoundPtr bind_kind(const Node& node, const NotNode& negation);
  BoundPtr bind_kind(const Node& node, const ChainNode& chain);
  BoundPtr bind_kind(const Node& node, const JunctionNode& junction);
  BoundPtr bind_kind(const Node& node, const ComparisonNode& comparison);
  BoundPtr bind_kind(const Node& node, const BetweenNode& between);
  BoundPtr bind_kind(const Node& node, const MembershipNode& membership);
  BoundPtr bind_kind(const Node& node, const IsMissingNode& test);

  BoundPtr bind_as(Type wanted, const std::string& who, const Node& node);
  Type common_type(Type a, Type b, const Node& first, const Node& second) const;
  void check_ordered(Type type, const Node& node) const;
  void use_parts(const Node& node, const Name& name, std::size_t count);
  Symbol find(const Node& node, const Name& name);
  Call bind_arguments(const Function& function, const CallNode& call);
  BoundPtr bind_argument(const Function& function, Parameter parameter, const Node& node, Type& open,
                         const Node*& from);
  void check_literal(const Function& function, Parameter parameter, const Node& node) const;

  const std::string& text_;
  const Scope& scope_;
  TextOverlay& texts_;
  std::vector<SlotIndex> slots_;
  std::unordered_set<std::int32_t> seen_;
  Parts* parts_ = nullptr;       // inside a function over parts
  std::vector<TextName> names_;  // of the formula, or of the function over parts at hand
};

bool is_text_literal(const Node& node) {
  const auto* literal = std::get_if<LiteralNode>(&node.kind);
  return literal != nullptr && std::holds_alternative<std::string>(literal->value);
}

BoundPtr Binder::bind_as(Type wanted, const std::string& who, const Node& node) {
  BoundPtr bound = bind(node);
  if (bound->type == wanted || bound->type == Type::any) return bound;
  std::string message = who + " takes " + plural(wanted) + ", and this is " + singular(bound->type);
  if (wanted == Type::instant && is_text_literal(node)) message += "; write date '2026-01-31'";
  fail(message, node);
}

/// What two values that stand beside each other both are.
Type Binder::common_type(Type a, Type b, const Node& first, const Node& second) const {
  if (a == Type::any) return b;
  if (b == Type::any || a == b) return a;
  std::string message = singular(b) + " does not go with " + singular(a) + "; both must be of one type";
  const bool unmarked_date =
      (a == Type::instant && is_text_literal(second)) || (b == Type::instant && is_text_literal(first));
  if (unmarked_date) message += "; write date '2026-01-31'";
  fail(message, second);
}

void Binder::check_ordered(Type type, const Node& node) const {
  if (type != Type::text && type != Type::boolean) return;
  fail(plural(type) + " have no order; only numbers and instants do", node);
}

BoundPtr Binder::bind_kind(const Node&, const LiteralNode& literal) { return make_literal(literal, texts_); }

Symbol Binder::find(const Node& node, const Name& name) {
  std::optional<Symbol> symbol = scope_.find(name);
  if (symbol && (name.every_part || symbol->slots.size() == 1)) return *std::move(symbol);
  const std::string written = name.to_string();
  std::string message = "there is no `" + written + "`; " + suggestion(written, scope_.candidates(name));
  if (!name.part && !name.every_part) {
    const bool quoted = text_[static_cast<std::size_t>(name.position)] == '"';
    if (quoted) message += " (texts go in single quotes: '" + name.word + "')";
    if (const Function* function = find_function(name.word); function != nullptr && !quoted) {
      message += " (the function is written " + std::string{function->usage} + ")";
    }
  }
  fail(message, node);
}

void Binder::use_parts(const Node& node, const Name& name, std::size_t count) {
  const std::string written = "`" + name.to_string() + "`";
  if (parts_ == nullptr) {
    fail(written + " is several values; put it inside sum, mean, min, max or count", node);
  }
  if (parts_->name && !(*parts_->name == name)) {
    fail("a function goes over the parts of one metric, `" + parts_->name->to_string() + "`, not also " + written,
         node);
  }
  *parts_ = {name, count};
}

BoundPtr Binder::bind_kind(const Node& node, const NameNode& use) {
  Symbol symbol = find(node, use.name);
  if (use.name.every_part) use_parts(node, use.name, symbol.slots.size());
  for (const SlotIndex slot : symbol.slots) {
    if (seen_.insert(slot.get()).second) slots_.push_back(slot);
  }
  names_.push_back({symbol.slots.front(), use.name.every_part, nullptr, {}});
  return make_name(symbol.type, std::move(symbol.slots));
}

void Binder::check_literal(const Function& function, Parameter parameter, const Node& node) const {
  const auto* literal = std::get_if<LiteralNode>(&node.kind);
  const std::string usage{function.usage};
  if (parameter == Parameter::pattern) {
    if (!is_text_literal(node))
      fail("in " + usage + " what is looked for is a text written out, in single quotes", node);
    return;
  }
  const auto* integer = literal == nullptr ? nullptr : std::get_if<Int128>(&literal->value);
  if (parameter == Parameter::length) {
    if (integer != nullptr && 0 <= *integer && *integer <= 10'000) return;
    fail("in " + usage + " how many characters is a whole number written out, from 0 to 10,000", node);
  }
  if (integer == nullptr || *integer < -15 || *integer > 15) {
    fail("in " + usage + " the digits are a whole number written out, from -15 to 15", node);
  }
}

BoundPtr Binder::bind_argument(const Function& function, Parameter parameter, const Node& node, Type& open,
                               const Node*& from) {
  const std::string who = std::string{function.usage};
  switch (parameter) {
    case Parameter::number:
      return bind_as(Type::number, who, node);
    case Parameter::boolean:
      return bind_as(Type::boolean, who, node);
    case Parameter::text:
      return bind_as(Type::text, who, node);
    case Parameter::instant:
      return bind_as(Type::instant, who, node);
    case Parameter::digits:
    case Parameter::length:
    case Parameter::pattern:
      check_literal(function, parameter, node);
      return nullptr;  // read from the literal
    case Parameter::open:
    case Parameter::ordered:
      break;
  }
  BoundPtr bound = bind(node);
  if (parameter == Parameter::ordered) check_ordered(bound->type, node);
  const Type before = open;
  open = common_type(open, bound->type, from == nullptr ? node : *from, node);
  if (before == Type::any && open != Type::any) from = &node;
  return bound;
}

Call Binder::bind_arguments(const Function& function, const CallNode& call) {
  Call bound{{}, {}, Type::any, texts_, 0, scope_.is_of_source()};
  const Node* from = nullptr;  // the argument that decided the open type
  for (std::size_t i = 0; i < call.arguments.size(); ++i) {
    const Node& argument = *call.arguments[i];
    bound.arguments.push_back(bind_argument(function, function.parameter(i), argument, bound.type, from));
    bound.literals.push_back(std::get_if<LiteralNode>(&argument.kind));
  }
  return bound;
}

BoundPtr Binder::bind_kind(const Node& node, const CallNode& call) {
  const Function& function = *call.function;
  if (function.of_source && !scope_.is_of_source()) {
    fail(std::string{function.usage} +
             " goes with formulas over the rows of a source: write a column of the table's `columns` with it, and name "
             "that column here",
         node);
  }
  if (!function.over_parts) return function.make(bind_arguments(function, call));
  Parts parts;
  Parts* const outer = std::exchange(parts_, &parts);
  std::vector<TextName> before = std::exchange(names_, {});
  Call bound = bind_arguments(function, call);
  parts_ = outer;
  std::vector<TextName> inside = std::exchange(names_, std::move(before));
  if (!parts.name) {
    fail(std::string{function.name()} + " goes over the parts of a split metric, and there is no `m.*` in it; write " +
             std::string{function.usage},
         node);
  }
  bound.parts = parts.count;
  BoundPtr made = function.make(std::move(bound));
  names_.push_back({SlotIndex{}, false, made.get(), std::move(inside)});
  return made;
}

BoundPtr Binder::bind_kind(const Node&, const NegationNode& negation) {
  return make_negation(bind_as(Type::number, "a minus sign", *negation.operand));
}

BoundPtr Binder::bind_kind(const Node&, const NotNode& negation) {
  return make_not(bind_as(Type::boolean, "`not`", *negation.operand));
}

BoundPtr Binder::bind_kind(const Node&, const ChainNode& chain) {
  BoundPtr first = bind(*chain.first);
  Type type = first->type;
  std::vector<ChainStep> steps;
  for (const ChainNode::Step& step : chain.steps) {
    BoundPtr operand = bind(*step.operand);
    const auto operation = find_operation(step.operation, type, operand->type);
    if (!operation) fail(wrong_operands(step.operation, type, operand->type), *step.operand);
    type = operation->type;
    steps.push_back({operation->kernel, std::move(operand)});
  }
  return make_chain(type, std::move(first), std::move(steps));
}

BoundPtr Binder::bind_kind(const Node&, const JunctionNode& junction) {
  const std::string who = junction.kind == JunctionNode::Kind::all ? "`and`" : "`or`";
  BoundList operands;
  for (const NodePtr& operand : junction.operands) operands.push_back(bind_as(Type::boolean, who, *operand));
  return make_junction(junction.kind, std::move(operands));
}

BoundPtr Binder::bind_kind(const Node&, const ComparisonNode& comparison) {
  BoundPtr left = bind(*comparison.left);
  BoundPtr right = bind(*comparison.right);
  const Type type = common_type(left->type, right->type, *comparison.left, *comparison.right);
  if (comparison.order != Order::equal && comparison.order != Order::unequal) check_ordered(type, *comparison.left);
  return make_comparison(comparison.order, type, std::move(left), std::move(right));
}

BoundPtr Binder::bind_kind(const Node&, const BetweenNode& between) {
  BoundPtr value = bind(*between.value);
  check_ordered(value->type, *between.value);
  BoundPtr low = bind(*between.low);
  Type type = common_type(value->type, low->type, *between.value, *between.low);
  BoundPtr high = bind(*between.high);
  type = common_type(type, high->type, *between.value, *between.high);
  check_ordered(type, *between.low);
  return make_between(type, std::move(value), std::move(low), std::move(high));
}

BoundPtr Binder::bind_kind(const Node&, const MembershipNode& membership) {
  BoundPtr value = bind(*membership.value);
  Type type = value->type;
  std::vector<const LiteralNode*> list;
  for (const NodePtr& item : membership.list) {
    list.push_back(&std::get<LiteralNode>(item->kind));
    type = common_type(type, type_of(*list.back()), *membership.value, *item);
  }
  return make_membership(type, std::move(value), list, texts_);
}

BoundPtr Binder::bind_kind(const Node&, const IsMissingNode& test) { return make_is_missing(bind(*test.operand)); }

}  // namespace
BoundExpression bind(const Expression& expression, const Scope& scope, Type wanted, TextOverlay& texts) {
  Binder binder{expression.text(), scope, texts};
  const Node& root = expression.root();
  BoundExpression bound;
  bound.root_ = binder.bind(root);
  bound.type_ = bound.root_->type;
  if (wanted != Type::any && bound.type_ != Type::any && bound.type_ != wanted) {
    binder.fail(wrong_result(wanted, bound.type_), root);
  }
  bound.slots_ = binder.take_slots();
  bound.names_ = binder.take_names();
  if (std::holds_alternative<NameNode>(root.kind)) bound.lone_name_ = bound.slots_.front();
  return bound;
}

}  // namespace customerhealth::expression
