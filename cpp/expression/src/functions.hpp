#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bound_node.hpp"
#include "customerhealth/common/text_pool.hpp"
#include "syntax_tree.hpp"

namespace customerhealth::expression {

/// What a function takes in one place.
enum class Parameter : std::uint8_t {
  number,
  boolean,
  text,
  instant,
  open,     // any type, the same in every open place
  ordered,  // open, and a number or an instant
  digits,   // a whole number written out, -15 to 15
  length,   // a whole number written out, 0 to 10,000
  pattern,  // a text written out
};

/// A call whose arguments are checked.
struct Call {
  BoundList arguments;
  std::vector<const LiteralNode*> literals;  // beside the arguments; null where one is no literal
  Type type = Type::any;                     // of the open places
  TextOverlay& texts;
  std::size_t parts = 0;   // of the `m.*`, where the function is over parts
  bool of_source = false;  // Scope::is_of_source
};

/// A function: everything the language knows about it stands in one row of the table.
struct Function {
  std::string_view usage;          // its name and arguments, as messages show them: clip(x, lo, hi)
  std::string_view meaning;        // for the reference
  std::size_t least, most;         // number of arguments
  std::array<Parameter, 3> takes;  // the last stands for all that follow
  Type gives;                      // any: the type of the open places
  BoundPtr (*make)(Call call);
  bool over_parts = false;  // takes an expression over one `m.*`
  bool of_source = false;   // for formulas over the columns of a source alone, which one thread evaluates

  [[nodiscard]] constexpr std::string_view name() const noexcept { return usage.substr(0, usage.find('(')); }
  [[nodiscard]] Parameter parameter(std::size_t index) const noexcept {
    return takes[index < takes.size() ? index : takes.size() - 1];
  }
};

inline constexpr std::size_t kAnyNumber = static_cast<std::size_t>(-1);

/// All functions, by name.
[[nodiscard]] std::span<const Function> functions() noexcept;
[[nodiscard]] const Function* find_function(std::string_view name) noexcept;

/// For the reference: "texts; a text written out".
[[nodiscard]] std::string takes_of(const Function& function);

// What an error message says.
[[nodiscard]] std::string unknown_function(const std::string& name);
[[nodiscard]] std::string wrong_count(const Function& function, std::size_t count);

}  // namespace customerhealth::expression
