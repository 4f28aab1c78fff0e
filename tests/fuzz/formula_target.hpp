#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/expression/expression.hpp"

/// What the fuzzer and the replay of its corpus both run: any bytes are parsed, what parses is bound to a made-up
/// table, and what binds is evaluated. Anything but a value or a FormulaError ends the process.
namespace customerhealth::formula_target {

inline constexpr std::size_t kRows = 3;

/// Every name exists; its first letter says of what type it is, so that the fuzzer finds all of them.
class AnyScope final : public expression::Scope {
 public:
  [[nodiscard]] std::optional<expression::Symbol> find(const expression::Name& name) const override {
    const std::string_view word = name.part ? std::string_view{*name.part} : std::string_view{name.word};
    // Slots of `evaluate`: boolean, text, instant, any, integer, unsigned integer; every other letter is a number.
    constexpr std::string_view kLetters = "bhijed";
    const std::size_t letter = word.empty() ? kLetters.size() : std::min(kLetters.find(word[0]), kLetters.size());
    const auto slot = SlotIndex::at(letter);
    if (!name.every_part) return expression::Symbol{kTypes[letter], {slot}};
    return expression::Symbol{kTypes[letter], {slot, slot, slot}};
  }
  [[nodiscard]] std::vector<std::string> candidates(const expression::Name&) const override { return {"seats", "m.*"}; }

 private:
  static constexpr std::array<Type, 7> kTypes{Type::boolean, Type::text,   Type::instant, Type::any,
                                              Type::number,  Type::number, Type::number};
};

inline void require(bool holds) {
  if (!holds) std::abort();
}

inline void evaluate(const expression::BoundExpression& bound, TextOverlay& texts) {
  const std::vector<double> numbers{1.5, -1e308, std::nan("")};
  const std::vector<std::int64_t> integers{INT64_MIN, -1, 7};
  const std::vector<std::uint8_t> valid{1, 1, 0};
  const std::vector<Truth> truths{Truth::no, Truth::yes, Truth::missing};
  const std::vector<TextCode> codes{texts.find("Text"), texts.find("text"), TextCode{}};
  const std::vector<Instant> instants{kFirstInstant, kLastInstant, kMissingInstant};
  const std::vector<ColumnView> inputs{std::span<const Truth>{truths},      std::span<const TextCode>{codes},
                                       std::span<const Instant>{instants},  MissingView{kRows},
                                       IntegerView{integers, valid, false}, IntegerView{integers, {}, true},
                                       std::span<const double>{numbers}};
  const Column column = bound.evaluate(inputs, kRows);
  require(rows_of(column.view()) == kRows);
  const Type got = type_of(column.view());
  require(got == bound.type() || got == Type::any);
  if (const auto* results = std::get_if<std::span<const double>>(&column.view())) {
    for (const double result : *results) require(!std::isinf(result));
  }
}

inline void run(std::string_view text) {
  try {
    const expression::Expression expression = expression::Expression::parse(text);
    for (const expression::Name& name : expression.names()) {
      require(expression::Expression::parse(name.to_string()).names().front() == name);
    }
    TextOverlay texts;
    (void)texts.intern("Text");
    const expression::BoundExpression bound = expression::bind(expression, AnyScope{}, Type::any, texts);
    evaluate(bound, texts);
  } catch (const FormulaError& error) {
    require(0 <= error.position() && error.position() <= static_cast<std::int64_t>(text.size()));
    require(!error.message().empty());
  }
}

}  // namespace customerhealth::formula_target
