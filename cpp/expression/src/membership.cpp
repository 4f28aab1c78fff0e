#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>

#include "kernels.hpp"
#include "nodes.hpp"

/// `x in (a, b, missing)`: yes when one is equal, else missing when x or one of the list is.
namespace customerhealth::expression {
namespace {

/// The values of a list, sorted.
template <class T>
class ValueSet {
 public:
  void add(T value) { values_.insert(std::ranges::upper_bound(values_, value), value); }
  [[nodiscard]] bool holds(T value) const noexcept {
    if (values_.size() > kFewValues) return std::ranges::binary_search(values_, value);
    bool found = false;
    for (const T candidate : values_) found |= candidate == value;
    return found;
  }

 private:
  static constexpr std::size_t kFewValues = 8;
  std::vector<T> values_;
};

/// Numbers as each kind of column can be equal to them: what no value of a kind equals is not in its set.
struct NumberSet {
  ValueSet<std::int64_t> signed_values;
  ValueSet<std::uint64_t> unsigned_values;
  ValueSet<double> doubles;
  ValueSet<Int128> wide_values;

  void add(Int128 value) {
    if (value <= std::numeric_limits<std::int64_t>::max()) signed_values.add(static_cast<std::int64_t>(value));
    if (value >= 0) unsigned_values.add(static_cast<std::uint64_t>(value));
    wide_values.add(value);
    const auto rounded = static_cast<double>(value);
    if (static_cast<Int128>(rounded) == value) doubles.add(rounded);
  }
  void add(double value) {
    constexpr double kTwoTo63 = 0x1p63, kTwoTo127 = 0x1p127;
    doubles.add(value);
    if (std::trunc(value) != value) return;
    if (-kTwoTo127 <= value && value < kTwoTo127) wide_values.add(static_cast<Int128>(value));
    if (-kTwoTo63 <= value && value < kTwoTo63) signed_values.add(static_cast<std::int64_t>(value));
    if (0 <= value && value < 2 * kTwoTo63) unsigned_values.add(static_cast<std::uint64_t>(value));
  }
};

class MembershipBase : public BoundNode {
 public:
  MembershipBase(BoundPtr value, bool has_missing)
      : BoundNode{Type::boolean}, otherwise_{has_missing ? Truth::missing : Truth::no}, value_{std::move(value)} {}

 protected:
  template <class T>
  [[nodiscard]] Value test(Block& block, const Operand<T>& values, const ValueSet<T>& set) const {
    return map<Truth>(block, values, [this, &set](T x) {
      if constexpr (!std::is_integral_v<T>) {
        if (is_absent(x)) return Truth::missing;
      }
      return set.holds(x) ? Truth::yes : otherwise_;
    });
  }

  Truth otherwise_;
  BoundPtr value_;
};

class NumberMembership final : public MembershipBase {
 public:
  NumberMembership(BoundPtr value, bool has_missing, NumberSet set)
      : MembershipBase{std::move(value), has_missing}, set_{std::move(set)} {}

  [[nodiscard]] Value evaluate(Block& block) const override {
    const Value value = value_->evaluate(block);
    const IntegerView* integers = value.integers();
    if (integers == nullptr) return test(block, operand<double>(value, block), set_.doubles);
    return test_integers(block, *integers, value.is_constant());
  }

 private:
  [[nodiscard]] Value test_integers(Block& block, const IntegerView& integers, bool constant) const {
    const std::size_t rows = constant ? 1 : block.rows();
    Lease<Truth> lease = block.take<Truth>();
    for (std::size_t i = 0; i < rows; ++i) {
      const std::int64_t bits = integers.values[i];
      const bool found = !integers.wide.empty() ? set_.wide_values.holds(integers.exact(i))
                         : integers.is_unsigned ? set_.unsigned_values.holds(static_cast<std::uint64_t>(bits))
                                                : set_.signed_values.holds(bits);
      lease.data()[i] = !integers.has(i) ? Truth::missing : found ? Truth::yes : otherwise_;
    }
    return Value{std::move(lease), rows, constant};
  }

  NumberSet set_;
};

template <class T>
class Membership final : public MembershipBase {
 public:
  Membership(BoundPtr value, bool has_missing, ValueSet<T> set)
      : MembershipBase{std::move(value), has_missing}, set_{std::move(set)} {}
  [[nodiscard]] Value evaluate(Block& block) const override {
    const Value value = value_->evaluate(block);
    return test(block, operand<T>(value, block), set_);
  }

 private:
  ValueSet<T> set_;
};

using Literals = std::vector<const LiteralNode*>;

BoundPtr make_numbers(BoundPtr value, bool has_missing, const Literals& list) {
  NumberSet set;
  for (const LiteralNode* literal : list) {
    if (const auto* integer = std::get_if<Int128>(&literal->value)) set.add(*integer);
    if (const auto* number = std::get_if<double>(&literal->value)) set.add(*number);
  }
  return std::make_unique<const NumberMembership>(std::move(value), has_missing, std::move(set));
}

template <class T>
BoundPtr make_values(BoundPtr value, bool has_missing, const Literals& list) {
  ValueSet<T> set;
  for (const LiteralNode* literal : list) {
    if (const auto* item = std::get_if<T>(&literal->value)) set.add(*item);
  }
  return std::make_unique<const Membership<T>>(std::move(value), has_missing, std::move(set));
}

BoundPtr make_texts(BoundPtr value, bool has_missing, const Literals& list, TextOverlay& texts) {
  ValueSet<TextCode> set;
  for (const LiteralNode* literal : list) {
    if (const auto* item = std::get_if<std::string>(&literal->value)) set.add(texts.intern(*item));
  }
  return std::make_unique<const Membership<TextCode>>(std::move(value), has_missing, std::move(set));
}

}  // namespace

BoundPtr make_membership(Type type, BoundPtr value, const Literals& list, TextOverlay& texts) {
  const bool has_missing =
      std::ranges::any_of(list, [](const LiteralNode* item) { return std::holds_alternative<Missing>(item->value); });
  switch (type) {
    case Type::number:
      return make_numbers(std::move(value), has_missing, list);
    case Type::boolean:
      return make_values<Truth>(std::move(value), has_missing, list);
    case Type::text:
      return make_texts(std::move(value), has_missing, list, texts);
    case Type::instant:
      return make_values<Instant>(std::move(value), has_missing, list);
    case Type::any:
      break;  // neither the value nor the list has a type: the answer is missing whatever they are
  }
  return make_values<Truth>(std::move(value), has_missing, list);
}

}  // namespace customerhealth::expression
