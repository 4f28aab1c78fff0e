#include <algorithm>
#include <memory>

#include "kernels.hpp"
#include "nodes.hpp"

namespace customerhealth::expression {
namespace {

// no = 0, yes = 1, missing = 2: with `no` (for and) or `yes` (for or) out of the way, the larger is the answer.
static_assert(Truth::no < Truth::yes && Truth::yes < Truth::missing);

class JunctionBound final : public BoundNode {
 public:
  JunctionBound(Kernel2 kernel, BoundList operands)
      : BoundNode{Type::boolean}, kernel_{kernel}, operands_{std::move(operands)} {}
  [[nodiscard]] Value evaluate(Block& block) const override {
    Value value = operands_.front()->evaluate(block);
    for (std::size_t i = 1; i < operands_.size(); ++i) {
      value = kernel_(block, value, operands_[i]->evaluate(block));
    }
    return value;
  }

 private:
  Kernel2 kernel_;
  BoundList operands_;
};

Value truth_not(Block& block, const Value& x) {
  return map<Truth>(block, operand<Truth>(x, block), [](Truth a) {
    return a == Truth::missing ? Truth::missing : a == Truth::yes ? Truth::no : Truth::yes;
  });
}

template <class T>
Value absent_rows(Block& block, const Operand<T>& x) {
  return map<Truth>(block, x, [](T a) { return is_absent(a) ? Truth::yes : Truth::no; });
}

Value test_missing(Block& block, const Value& x) {
  constexpr std::uint8_t kThere = 1;
  if (const IntegerView* integers = x.integers()) {
    const Operand<std::uint8_t> valid = integers->valid.empty()
                                            ? Operand<std::uint8_t>{&kThere, true}
                                            : Operand<std::uint8_t>{integers->valid.data(), x.is_constant()};
    return map<Truth>(block, valid, [](std::uint8_t there) { return there != 0 ? Truth::no : Truth::yes; });
  }
  const Type type = type_of(x.view());
  if (type == Type::any) return absent_rows(block, Operand<Truth>{&kMissing<Truth>, true});
  return for_type(type, [&]<class T>(T) { return absent_rows(block, operand<T>(x, block)); });
}

}  // namespace

Value truth_and(Block& block, const Value& a, const Value& b) {
  return map<Truth>(block, operand<Truth>(a, block), operand<Truth>(b, block),
                    [](Truth x, Truth y) { return x == Truth::no || y == Truth::no ? Truth::no : std::max(x, y); });
}

Value truth_or(Block& block, const Value& a, const Value& b) {
  return map<Truth>(block, operand<Truth>(a, block), operand<Truth>(b, block),
                    [](Truth x, Truth y) { return x == Truth::yes || y == Truth::yes ? Truth::yes : std::max(x, y); });
}

BoundPtr make_not(BoundPtr operand) {
  return std::make_unique<const UnaryNode>(Type::boolean, &truth_not, std::move(operand));
}

BoundPtr make_junction(JunctionNode::Kind kind, BoundList operands) {
  return std::make_unique<const JunctionBound>(kind == JunctionNode::Kind::all ? &truth_and : &truth_or,
                                               std::move(operands));
}

BoundPtr make_is_missing(BoundPtr operand) {
  return std::make_unique<const UnaryNode>(Type::boolean, &test_missing, std::move(operand));
}

}  // namespace customerhealth::expression
