#include <array>
#include <memory>

#include "block.hpp"
#include "nodes.hpp"

namespace customerhealth::expression {
namespace {

template <class T>
class Literal final : public BoundNode {
 public:
  Literal(Type node_type, T value) : BoundNode{node_type}, value_{value} {}
  [[nodiscard]] Value evaluate(Block&) const override { return Value{std::span<const T>{&value_, 1}, true}; }

 private:
  T value_;
};

/// Keeps its 64 bits, so that it compares exactly with integer columns.
class IntegerLiteral final : public BoundNode {
 public:
  explicit IntegerLiteral(Int128 value)
      : BoundNode{Type::number},
        bits_{static_cast<std::int64_t>(static_cast<std::uint64_t>(value))},
        is_unsigned_{value > std::numeric_limits<std::int64_t>::max()} {}
  [[nodiscard]] Value evaluate(Block&) const override {
    return Value{IntegerView{{&bits_, 1}, {}, is_unsigned_}, true};
  }

 private:
  std::int64_t bits_;
  bool is_unsigned_;
};

class MissingLiteral final : public BoundNode {
 public:
  MissingLiteral() : BoundNode{Type::any} {}
  [[nodiscard]] Value evaluate(Block&) const override { return Value::missing(); }
};

/// A column, or each part of a split metric in turn.
class NameUse final : public BoundNode {
 public:
  NameUse(Type node_type, std::vector<SlotIndex> slots) : BoundNode{node_type}, slots_{std::move(slots)} {}
  [[nodiscard]] Value evaluate(Block& block) const override {
    // A column whose type nobody knew is missing everywhere; what calls it a number or a text must not meet another.
    if (type == Type::any) return Value::missing();
    return block.input(slots_.size() == 1 ? slots_.front() : slots_[block.part]);
  }

 private:
  std::vector<SlotIndex> slots_;
};

struct LiteralMaker {
  TextOverlay& texts;

  BoundPtr operator()(Missing) const { return std::make_unique<const MissingLiteral>(); }
  BoundPtr operator()(Int128 value) const { return std::make_unique<const IntegerLiteral>(value); }
  BoundPtr operator()(double value) const { return std::make_unique<const Literal<double>>(Type::number, value); }
  BoundPtr operator()(Truth value) const { return std::make_unique<const Literal<Truth>>(Type::boolean, value); }
  BoundPtr operator()(Instant value) const { return std::make_unique<const Literal<Instant>>(Type::instant, value); }
  BoundPtr operator()(const std::string& value) const {
    return std::make_unique<const Literal<TextCode>>(Type::text, texts.intern(value));
  }
};

}  // namespace

BoundPtr make_literal(const LiteralNode& literal, TextOverlay& texts) {
  return std::visit(LiteralMaker{texts}, literal.value);
}

Type type_of(const LiteralNode& literal) noexcept {
  constexpr std::array<Type, 6> kTypes{Type::any,     Type::number, Type::number,  // in the order of the variant
                                       Type::boolean, Type::text,   Type::instant};
  return kTypes[literal.value.index()];
}

BoundPtr make_name(Type type, std::vector<SlotIndex> slots) {
  return std::make_unique<const NameUse>(type, std::move(slots));
}

}  // namespace customerhealth::expression
