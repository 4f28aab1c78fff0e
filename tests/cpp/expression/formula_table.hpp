#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/dates.hpp"
#include "customerhealth/common/errors.hpp"
#include "customerhealth/common/length.hpp"
#include "customerhealth/expression/missing_names.hpp"

namespace customerhealth::expression {

inline constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
inline constexpr Truth kNo = Truth::no, kYes = Truth::yes, kUnknown = Truth::missing;

/// A table with named columns that formulas are evaluated over.
class FormulaTable final : public Scope {
 public:
  explicit FormulaTable(std::size_t rows = 1) : rows_{rows} {}
  FormulaTable(const FormulaTable&) = delete;
  FormulaTable& operator=(const FormulaTable&) = delete;

  FormulaTable& numbers(const std::string& name, std::vector<double> values) {
    return add(name, Type::number, Column{std::move(values)});
  }
  FormulaTable& truths(const std::string& name, std::vector<Truth> values) {
    return add(name, Type::boolean, Column{std::move(values)});
  }
  FormulaTable& instants(const std::string& name, std::vector<Instant> values) {
    return add(name, Type::instant, Column{std::move(values)});
  }
  /// The empty text stands for missing.
  FormulaTable& texts(const std::string& name, const std::vector<std::string>& values) {
    std::vector<TextCode> codes;
    for (const std::string& value : values) codes.push_back(value.empty() ? TextCode{} : texts_.intern(value));
    return add(name, Type::text, Column{std::move(codes)});
  }
  FormulaTable& integers(const std::string& name, std::vector<std::int64_t> values,
                         std::vector<std::uint8_t> valid = {}, bool is_unsigned = false) {
    const auto& kept = integers_.emplace_back(std::move(values), std::move(valid));
    return add(name, Type::number, Column{ColumnView{IntegerView{kept.first, kept.second, is_unsigned}}});
  }
  FormulaTable& unknown(const std::string& name) {
    return add(name, Type::any, Column{ColumnView{MissingView{rows_}}});
  }
  /// A column of that type without a single value.
  FormulaTable& nothing(const std::string& name, Type type) {
    return add(name, type, Column{ColumnView{MissingView{rows_}}});
  }

  [[nodiscard]] std::optional<Symbol> find(const Name& name) const override {
    if (name.every_part) {
      Symbol split;
      for (std::size_t i = 0; i < names_.size(); ++i) {
        if (!names_[i].starts_with(name.word + ".")) continue;
        split.type = types_[i];
        split.slots.push_back(SlotIndex::at(i));
      }
      return split.slots.empty() ? std::nullopt : std::optional{split};
    }
    const std::string full = name.part ? name.word + "." + *name.part : name.word;
    const auto found = std::ranges::find(names_, full);
    if (found == names_.end()) return std::nullopt;
    const auto slot = SlotIndex::at(static_cast<std::size_t>(found - names_.begin()));
    return Symbol{types_[slot.place()], {slot}};
  }
  [[nodiscard]] std::vector<std::string> candidates(const Name&) const override { return names_; }

  [[nodiscard]] BoundExpression bind(const std::string& formula, Type wanted = Type::any) {
    return expression::bind(Expression::parse(formula), *this, wanted, texts_);
  }
  [[nodiscard]] Column evaluate(const BoundExpression& bound) const { return bound.evaluate(inputs(), rows_); }
  /// Which name makes each row missing; nothing: arithmetic.
  [[nodiscard]] std::vector<std::string> blamed(const std::string& formula) {
    const BoundExpression bound = bind(formula);
    const std::vector<ColumnView> views = inputs();
    const MissingNames names{bound, views, rows_};
    std::vector<std::string> out;
    for (std::size_t row = 0; row < rows_; ++row) {
      const auto slot = names.first(row);
      out.push_back(slot ? names_[slot->place()] : std::string{});
    }
    return out;
  }

  template <class T>
  [[nodiscard]] std::vector<T> values(const std::string& formula) {
    const Column column = evaluate(bind(formula));
    const auto view = std::get<std::span<const T>>(column.view());
    return {view.begin(), view.end()};
  }
  [[nodiscard]] std::vector<double> numbers_of(const std::string& formula) { return values<double>(formula); }
  [[nodiscard]] std::vector<Truth> truths_of(const std::string& formula) { return values<Truth>(formula); }
  [[nodiscard]] std::vector<std::string> texts_of(const std::string& formula) {
    std::vector<std::string> out;
    for (const TextCode code : values<TextCode>(formula)) {
      out.push_back(code.is_missing() ? std::string{} : std::string{texts_.text(code)});
    }
    return out;
  }
  /// Of the first row.
  [[nodiscard]] double number(const std::string& formula) { return numbers_of(formula).front(); }
  [[nodiscard]] Truth truth(const std::string& formula) { return truths_of(formula).front(); }
  [[nodiscard]] std::string instant(const std::string& formula) {
    const Instant value = values<Instant>(formula).front();
    return is_missing(value) ? "missing" : to_string(value);
  }
  [[nodiscard]] TextOverlay& overlay() noexcept { return texts_; }

 private:
  [[nodiscard]] std::vector<ColumnView> inputs() const {
    std::vector<ColumnView> views;
    for (const Column& column : columns_) views.push_back(column.view());
    return views;
  }
  FormulaTable& add(const std::string& name, Type type, Column column) {
    names_.push_back(name);
    types_.push_back(type);
    columns_.push_back(std::move(column));
    return *this;
  }

  std::size_t rows_;
  std::vector<std::string> names_;
  std::vector<Type> types_;
  std::vector<Column> columns_;
  std::deque<std::pair<std::vector<std::int64_t>, std::vector<std::uint8_t>>> integers_;
  TextOverlay texts_;
};

/// The error a formula gives: its message, and what the caret stands under.
struct Complaint {
  std::string message;
  std::string at;
};

template <class Work>
[[nodiscard]] Complaint complaint(const std::string& formula, Work work) {
  try {
    work();
  } catch (const FormulaError& error) {
    return {error.message(), formula.substr(static_cast<std::size_t>(error.position()))};
  }
  return {"no error", ""};
}

[[nodiscard]] inline Complaint parse_complaint(const std::string& formula) {
  return complaint(formula, [&] { (void)Expression::parse(formula); });
}

[[nodiscard]] inline Complaint bind_complaint(FormulaTable& table, const std::string& formula,
                                              Type wanted = Type::any) {
  return complaint(formula, [&] { (void)table.bind(formula, wanted); });
}

}  // namespace customerhealth::expression
