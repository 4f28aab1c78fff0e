#pragma once

#include <memory>
#include <utility>

#include "block.hpp"
#include "functions.hpp"

/// Nodes that are one kernel applied to what their operands give, and ways to make functions from plain lambdas.
namespace customerhealth::expression {

class UnaryNode final : public BoundNode {
 public:
  UnaryNode(Type node_type, Kernel kernel, BoundPtr operand)
      : BoundNode{node_type}, kernel_{kernel}, operand_{std::move(operand)} {}
  [[nodiscard]] Value evaluate(Block& block) const override { return kernel_(block, operand_->evaluate(block)); }

 private:
  Kernel kernel_;
  BoundPtr operand_;
};

class BinaryNode final : public BoundNode {
 public:
  BinaryNode(Type node_type, Kernel2 kernel, BoundPtr left, BoundPtr right)
      : BoundNode{node_type}, kernel_{kernel}, left_{std::move(left)}, right_{std::move(right)} {}
  [[nodiscard]] Value evaluate(Block& block) const override {
    const Value left = left_->evaluate(block);
    return kernel_(block, left, right_->evaluate(block));
  }

 private:
  Kernel2 kernel_;
  BoundPtr left_, right_;
};

/// `f(double) -> double`: NaN gives NaN, and whatever is not finite becomes missing.
template <auto f>
Value number_kernel(Block& block, const Value& x) {
  return map<double>(block, operand<double>(x, block), [](double a) { return finite(f(a)); });
}

/// `f(double, double) -> double`, asked only where both are there.
template <auto f>
Value number_kernel2(Block& block, const Value& x, const Value& y) {
  return map<double>(block, operand<double>(x, block), operand<double>(y, block), [](double a, double b) {
    return is_absent(a) || is_absent(b) ? kMissing<double> : finite(f(a, b));
  });
}

/// `f(Instant) -> double`, asked only where there is one.
template <auto f>
Value instant_kernel(Block& block, const Value& x) {
  return map<double>(block, operand<Instant>(x, block),
                     [](Instant t) { return is_absent(t) ? kMissing<double> : f(t); });
}

template <auto f>
BoundPtr number_function(Call call) {
  return std::make_unique<const UnaryNode>(Type::number, &number_kernel<f>, std::move(call.arguments[0]));
}

template <auto f>
BoundPtr number_function2(Call call) {
  return std::make_unique<const BinaryNode>(Type::number, &number_kernel2<f>, std::move(call.arguments[0]),
                                            std::move(call.arguments[1]));
}

template <auto f>
BoundPtr instant_function(Call call) {
  return std::make_unique<const UnaryNode>(Type::number, &instant_kernel<f>, std::move(call.arguments[0]));
}

}  // namespace customerhealth::expression
