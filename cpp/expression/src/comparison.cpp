#include <cmath>
#include <compare>
#include <memory>

#include "kernels.hpp"
#include "nodes.hpp"

/// Comparisons are of the exact values: an integer column is never rounded to be compared.
namespace customerhealth::expression {
namespace {

Truth truth(bool holds) noexcept { return holds ? Truth::yes : Truth::no; }

// Kernels compare the stored int64 of null rows as well; `mask` replaces their result by missing afterwards.
constexpr bool is_absent(std::int64_t) noexcept { return false; }
using expression::is_absent;

template <class T, class F>
Value compare_each(Block& block, const Operand<T>& a, const Operand<T>& b, F holds) {
  return map<Truth>(block, a, b,
                    [holds](T x, T y) { return is_absent(x) || is_absent(y) ? Truth::missing : truth(holds(x, y)); });
}

template <class T>
Value compare(Block& block, Order order, const Operand<T>& a, const Operand<T>& b) {
  switch (order) {
    case Order::equal:
      return compare_each(block, a, b, [](T x, T y) { return x == y; });
    case Order::unequal:
      return compare_each(block, a, b, [](T x, T y) { return x != y; });
    case Order::less:
      return compare_each(block, a, b, [](T x, T y) { return x < y; });
    case Order::at_most:
      return compare_each(block, a, b, [](T x, T y) { return x <= y; });
    case Order::greater:
      return compare(block, Order::less, b, a);
    case Order::at_least:
      break;
  }
  return compare(block, Order::at_most, b, a);
}

bool holds(Order order, std::strong_ordering result) noexcept {
  switch (order) {
    case Order::equal:
      return result == 0;
    case Order::unequal:
      return result != 0;
    case Order::less:
      return result < 0;
    case Order::at_most:
      return result <= 0;
    case Order::greater:
      return result > 0;
    case Order::at_least:
      break;
  }
  return result >= 0;
}

Order turned(Order order) noexcept {  // a ORDER b is b turned(ORDER) a
  switch (order) {
    case Order::less:
      return Order::greater;
    case Order::at_most:
      return Order::at_least;
    case Order::greater:
      return Order::less;
    case Order::at_least:
      return Order::at_most;
    default:
      return order;
  }
}

/// `truths`, missing where `integers` is null.
Value mask(Block& block, Value truths, const IntegerView& integers, bool constant) {
  if (integers.valid.empty()) return truths;
  return map<Truth>(block, operand<Truth>(truths, block), Operand<std::uint8_t>{integers.valid.data(), constant},
                    [](Truth value, std::uint8_t valid) { return valid != 0 ? value : Truth::missing; });
}

Value compare_integers(Block& block, Order order, const Value& a, const Value& b) {
  const IntegerView &x = *a.integers(), &y = *b.integers();
  if (!x.is_unsigned && !y.is_unsigned && x.wide.empty() && y.wide.empty()) {
    Value truths = compare(block, order, Operand<std::int64_t>{x.values.data(), a.is_constant()},
                           Operand<std::int64_t>{y.values.data(), b.is_constant()});
    return mask(block, mask(block, std::move(truths), x, a.is_constant()), y, b.is_constant());
  }
  const bool constant = a.is_constant() && b.is_constant();
  const std::size_t rows = constant ? 1 : block.rows();
  Lease<Truth> lease = block.take<Truth>();
  for (std::size_t i = 0; i < rows; ++i) {
    const std::size_t j = a.is_constant() ? 0 : i, k = b.is_constant() ? 0 : i;
    const bool there = x.has(j) && y.has(k);
    lease.data()[i] = there ? truth(holds(order, x.exact(j) <=> y.exact(k))) : Truth::missing;
  }
  return Value{std::move(lease), rows, constant};
}

/// Compares integers with a double. Rounding an integer to a double never changes its order towards another double, so
/// the rounded comparison is right except where the integer rounds to `number` itself; that one is compared exactly.
std::strong_ordering exact_order(const IntegerView& integers, std::size_t row, double number) noexcept {
  const double rounded = integers.number(row);
  if (rounded < number) return std::strong_ordering::less;
  if (rounded > number) return std::strong_ordering::greater;
  return integers.exact(row) <=> static_cast<Int128>(number);
}

Value compare_mixed(Block& block, Order order, const Value& integers, const Value& numbers) {
  const IntegerView& x = *integers.integers();
  const Operand<double> y = operand<double>(numbers, block);
  const bool constant = integers.is_constant() && numbers.is_constant();
  const std::size_t rows = constant ? 1 : block.rows();
  Lease<Truth> lease = block.take<Truth>();
  for (std::size_t i = 0; i < rows; ++i) {
    const std::size_t j = integers.is_constant() ? 0 : i;
    const bool there = x.has(j) && !is_absent(y[i]);
    lease.data()[i] = there ? truth(holds(order, exact_order(x, j, y[i]))) : Truth::missing;
  }
  return Value{std::move(lease), rows, constant};
}

/// A constant whose comparison with rounded values comes out as with exact ones: below 2^53 nothing that is not equal
/// to it rounds to it.
bool is_small_constant(const Value& value) {
  constexpr double kFirstInexact = 9'007'199'254'740'992.0;
  if (!value.is_constant()) return false;
  if (const IntegerView* integers = value.integers()) return std::abs(integers->number(0)) < kFirstInexact;
  const auto* numbers = std::get_if<std::span<const double>>(&value.view());
  return numbers == nullptr || !(std::abs(numbers->front()) >= kFirstInexact);
}

Value compare_numbers(Block& block, Order order, const Value& a, const Value& b) {
  const bool left_whole = a.integers() != nullptr, right_whole = b.integers() != nullptr;
  if (left_whole && right_whole) return compare_integers(block, order, a, b);
  if (left_whole != right_whole && !is_small_constant(a) && !is_small_constant(b)) {
    return left_whole ? compare_mixed(block, order, a, b) : compare_mixed(block, turned(order), b, a);
  }
  return compare(block, order, operand<double>(a, block), operand<double>(b, block));
}

Value compare_values(Block& block, Order order, Type type, const Value& a, const Value& b) {
  if (type == Type::number) return compare_numbers(block, order, a, b);
  return for_type(type, [&]<class T>(T) { return compare(block, order, operand<T>(a, block), operand<T>(b, block)); });
}

class ComparisonBound final : public BoundNode {
 public:
  ComparisonBound(Order order, Type operands, BoundPtr left, BoundPtr right)
      : BoundNode{Type::boolean},
        order_{order},
        operands_{operands},
        left_{std::move(left)},
        right_{std::move(right)} {}
  [[nodiscard]] Value evaluate(Block& block) const override {
    const Value left = left_->evaluate(block);
    return compare_values(block, order_, operands_, left, right_->evaluate(block));
  }

 private:
  Order order_;
  Type operands_;
  BoundPtr left_, right_;
};

class BetweenBound final : public BoundNode {
 public:
  BetweenBound(Type operands, BoundPtr value, BoundPtr low, BoundPtr high)
      : BoundNode{Type::boolean},
        operands_{operands},
        value_{std::move(value)},
        low_{std::move(low)},
        high_{std::move(high)} {}
  [[nodiscard]] Value evaluate(Block& block) const override {
    const Value value = value_->evaluate(block);
    const Value above = compare_values(block, Order::at_least, operands_, value, low_->evaluate(block));
    const Value below = compare_values(block, Order::at_most, operands_, value, high_->evaluate(block));
    return truth_and(block, above, below);
  }

 private:
  Type operands_;
  BoundPtr value_, low_, high_;
};

}  // namespace

BoundPtr make_comparison(Order order, Type type, BoundPtr left, BoundPtr right) {
  return std::make_unique<const ComparisonBound>(order, type, std::move(left), std::move(right));
}

BoundPtr make_between(Type type, BoundPtr value, BoundPtr low, BoundPtr high) {
  return std::make_unique<const BetweenBound>(type, std::move(value), std::move(low), std::move(high));
}

}  // namespace customerhealth::expression
