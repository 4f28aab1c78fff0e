#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "customerhealth/common/code.hpp"
#include "customerhealth/common/column.hpp"
#include "customerhealth/common/text_pool.hpp"

namespace customerhealth::expression {

struct Node;  // the syntax tree, private to this room

/// A name in a formula: `seats`, `accounts.segment`, `m."any text"`, `m.*`.
struct Name {
  std::string word;
  std::optional<std::string> part;  // after the dot
  bool every_part = false;          // `m.*`
  std::int64_t position = 0;        // byte offset into the formula

  [[nodiscard]] std::string to_string() const;
  friend bool operator==(const Name& a, const Name& b) noexcept {  // the same thing, wherever it stands
    return a.word == b.word && a.part == b.part && a.every_part == b.every_part;
  }
};

/// A parsed formula (model.md §3): immutable, cheap to copy. Its names are not resolved yet.
class Expression {
 public:
  /// Throws FormulaError with the place.
  [[nodiscard]] static Expression parse(std::string_view text);

  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  /// Each name once, in the order of the text.
  [[nodiscard]] const std::vector<Name>& names() const noexcept { return names_; }
  [[nodiscard]] const Node& root() const noexcept { return *root_; }

 private:
  Expression(std::string text, std::shared_ptr<const Node> root, std::vector<Name> names);
  std::string text_;
  std::shared_ptr<const Node> root_;
  std::vector<Name> names_;
};

/// What a name stands for. A slot is a column's place in the inputs of `evaluate`.
struct Symbol {
  Type type = Type::any;
  std::vector<SlotIndex> slots;  // one; for `m.*` one for each part
};

/// What names there are. `find` is asked for every name of a formula.
class Scope {
 public:
  virtual ~Scope() = default;
  [[nodiscard]] virtual std::optional<Symbol> find(const Name& name) const = 0;
  /// What could have been written instead of `name`, for the error message.
  [[nodiscard]] virtual std::vector<std::string> candidates(const Name& name) const = 0;
  /// Whether the names are columns of a source that is being read, where the functions that make texts have a place.
  [[nodiscard]] virtual bool is_of_source() const { return false; }
};

struct BoundNode;  // the typed tree, private to this room

/// A name where it stands in a formula's text, or a function over the parts of a metric with the names inside it.
struct TextName {
  SlotIndex slot;
  bool is_part = false;  // `m.*`; the slot is that of the first part
  const BoundNode* over_parts = nullptr;
  std::vector<TextName> inside;
};

/// A formula whose names are resolved and whose types are checked; immutable, shared by threads.
class BoundExpression {
 public:
  [[nodiscard]] Type type() const noexcept { return type_; }
  /// The slots it reads, each once, in the order of the text.
  [[nodiscard]] std::span<const SlotIndex> slots() const noexcept { return slots_; }
  /// The slot, when the whole formula is one name: its column can then be used as it is.
  [[nodiscard]] std::optional<SlotIndex> lone_name() const noexcept { return lone_name_; }

  /// The value of each row. `inputs[slot]` has `rows` rows for every slot of `slots()`; others are not looked at.
  /// A lone name gives its input itself, borrowed (an integer column stays an IntegerView); a literal gives a full
  /// column. A MissingView result is possible and is missing of any type. Never throws but for memory.
  [[nodiscard]] Column evaluate(std::span<const ColumnView> inputs, std::size_t rows) const;

 private:
  friend BoundExpression bind(const Expression&, const Scope&, Type, TextOverlay&);
  friend class MissingNames;
  std::shared_ptr<const BoundNode> root_;
  Type type_ = Type::any;
  std::vector<SlotIndex> slots_;
  std::vector<TextName> names_;
  std::optional<SlotIndex> lone_name_;
};

/// Resolves names and checks types. `wanted` is the type the formula must have (Type::any: no matter which); a
/// formula of type any fits everywhere. Texts that the formula makes go into `texts`, which must outlive the result.
/// Throws FormulaError with the place and what would have fitted.
[[nodiscard]] BoundExpression bind(const Expression& expression, const Scope& scope, Type wanted, TextOverlay& texts);

/// A function as the reference shows it.
struct FunctionInfo {
  std::string_view name, usage;  // usage: clip(x, lo, hi)
  std::string takes, gives;      // types in words
  std::string_view meaning;
};

/// All functions of formulas, by name.
[[nodiscard]] std::vector<FunctionInfo> function_infos();

/// The words a name of a model may not be: keywords and functions of §3, sorted.
[[nodiscard]] std::span<const std::string_view> reserved_words() noexcept;

}  // namespace customerhealth::expression
