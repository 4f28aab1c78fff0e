#include <cmath>
#include <memory>

#include "customerhealth/common/math.hpp"
#include "kernels.hpp"
#include "nodes.hpp"

namespace customerhealth::expression {
namespace {

/// NaN spreads by itself through + - * / and fmod; x / 0 and overflow are infinite (or NaN) and become missing.
template <auto f>
Value arithmetic(Block& block, const Value& x, const Value& y) {
  return map<double>(block, operand<double>(x, block), operand<double>(y, block),
                     [](double a, double b) { return finite(f(a, b)); });
}

constexpr Kernel2 kAdd = &arithmetic<[](double a, double b) { return a + b; }>;
constexpr Kernel2 kSubtract = &arithmetic<[](double a, double b) { return a - b; }>;
constexpr Kernel2 kMultiply = &arithmetic<[](double a, double b) { return a * b; }>;
constexpr Kernel2 kDivide = &arithmetic<[](double a, double b) { return a / b; }>;
constexpr Kernel2 kRemainder = &arithmetic<[](double a, double b) { return std::fmod(a, b); }>;  // sign of a

Value always_missing(Block&, const Value&, const Value&) { return Value::missing(); }

bool may_be(Type type, Type wanted) noexcept { return type == wanted || type == Type::any; }

std::optional<Operation> find_sum(Type left, Type right) noexcept {
  if (left == Type::number && right == Type::number) return Operation{kAdd, Type::number};
  if (left == Type::instant && may_be(right, Type::number)) return Operation{&add_days, Type::instant};
  if (may_be(left, Type::number) && right == Type::instant) return Operation{&add_to_days, Type::instant};
  const bool open = may_be(left, Type::number) && may_be(right, Type::number);  // and one of them is any
  return open ? std::optional{Operation{&always_missing, Type::any}} : std::nullopt;
}

std::optional<Operation> find_difference(Type left, Type right) noexcept {
  if (left == Type::number && may_be(right, Type::number)) return Operation{kSubtract, Type::number};
  if (left == Type::instant && right == Type::number) return Operation{&subtract_days, Type::instant};
  if (may_be(left, Type::instant) && right == Type::instant) return Operation{&subtract_instants, Type::number};
  const bool open = (left == Type::any && may_be(right, Type::number)) || (left == Type::instant && right == Type::any);
  return open ? std::optional{Operation{&always_missing, Type::any}} : std::nullopt;
}

Kernel2 find_product(char operation) noexcept {
  switch (operation) {
    case '*':
      return kMultiply;
    case '/':
      return kDivide;
    default:
      return kRemainder;
  }
}

class ChainNodeBound final : public BoundNode {
 public:
  ChainNodeBound(Type node_type, BoundPtr first, std::vector<ChainStep> steps)
      : BoundNode{node_type}, first_{std::move(first)}, steps_{std::move(steps)} {}
  [[nodiscard]] Value evaluate(Block& block) const override {
    Value value = first_->evaluate(block);
    for (const ChainStep& step : steps_) value = step.kernel(block, value, step.operand->evaluate(block));
    return value;
  }

 private:
  BoundPtr first_;
  std::vector<ChainStep> steps_;
};

class RoundNode final : public BoundNode {
 public:
  RoundNode(BoundPtr number, int digits) : BoundNode{Type::number}, number_{std::move(number)}, digits_{digits} {}
  [[nodiscard]] Value evaluate(Block& block) const override {
    const Value value = number_->evaluate(block);
    return map<double>(block, operand<double>(value, block),
                       [digits = digits_](double x) { return finite(math::round_digits(x, digits)); });
  }

 private:
  BoundPtr number_;
  int digits_;
};

/// `upper` when the bounds cross.
class ClipNode final : public BoundNode {
 public:
  explicit ClipNode(BoundList arguments) : BoundNode{Type::number}, arguments_{std::move(arguments)} {}
  [[nodiscard]] Value evaluate(Block& block) const override {
    const Value value = arguments_[0]->evaluate(block);
    const Value lower = arguments_[1]->evaluate(block);
    const Value upper = arguments_[2]->evaluate(block);
    const Value raised = map<double>(block, operand<double>(value, block), operand<double>(lower, block), &larger);
    return map<double>(block, operand<double>(raised, block), operand<double>(upper, block), &smaller);
  }

 private:
  static double larger(double x, double bound) noexcept {
    return is_absent(x) || is_absent(bound) ? kMissing<double> : bound > x ? bound : x;
  }
  static double smaller(double x, double bound) noexcept {
    return is_absent(x) || is_absent(bound) ? kMissing<double> : bound < x ? bound : x;
  }
  BoundList arguments_;
};

}  // namespace

std::optional<Operation> find_operation(char operation, Type left, Type right) noexcept {
  if (operation == '+') return find_sum(left, right);
  if (operation == '-') return find_difference(left, right);
  if (!may_be(left, Type::number) || !may_be(right, Type::number)) return std::nullopt;
  return Operation{find_product(operation), Type::number};
}

BoundPtr make_chain(Type type, BoundPtr first, std::vector<ChainStep> steps) {
  return std::make_unique<const ChainNodeBound>(type, std::move(first), std::move(steps));
}

BoundPtr make_negation(BoundPtr operand) {
  constexpr Kernel kNegate = &number_kernel<[](double x) { return -x; }>;
  return std::make_unique<const UnaryNode>(Type::number, kNegate, std::move(operand));
}

BoundPtr make_round(Call call) {
  const bool has_digits = call.arguments.size() > 1;
  const int digits = has_digits ? static_cast<int>(std::get<Int128>(call.literals[1]->value)) : 0;
  return std::make_unique<const RoundNode>(std::move(call.arguments[0]), digits);
}

BoundPtr make_clip(Call call) { return std::make_unique<const ClipNode>(std::move(call.arguments)); }

}  // namespace customerhealth::expression
