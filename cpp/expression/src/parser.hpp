#pragma once

#include <string>
#include <vector>

#include "syntax_tree.hpp"

namespace customerhealth::expression {

struct Parsed {
  NodePtr root;
  std::vector<Name> names;  // each once, in the order of the text
};

/// The grammar of model.md §3, one function a rule. Throws FormulaError.
[[nodiscard]] Parsed parse(const std::string& formula);

}  // namespace customerhealth::expression
