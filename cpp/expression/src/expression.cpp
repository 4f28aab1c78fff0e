#include "customerhealth/expression/expression.hpp"

#include <algorithm>
#include <utility>

#include "block.hpp"
#include "functions.hpp"
#include "lexer.hpp"
#include "parser.hpp"

namespace customerhealth::expression {
namespace {

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string{"\"\""} : std::string{c};
  return out + "\"";
}

/// Works through the rows block by block.
template <class T>
Column collect(const BoundNode& root, std::span<const ColumnView> inputs, std::size_t rows) {
  std::vector<T> out(rows);
  Block block{inputs, std::min(rows, kBlockRows)};
  for (std::size_t begin = 0; begin < rows; begin += kBlockRows) {
    block.move_to(begin, std::min(kBlockRows, rows - begin));
    const Value value = root.evaluate(block);
    const Operand<T> values = operand<T>(value, block);
    const auto to = out.begin() + static_cast<std::ptrdiff_t>(begin);
    if (values.constant) {
      std::fill_n(to, block.rows(), *values.data);
    } else {
      std::copy_n(values.data, block.rows(), to);
    }
  }
  return Column{std::move(out)};
}

}  // namespace

std::string Name::to_string() const {
  const bool plain = is_plain_word(word) && !is_keyword(word);
  std::string out = plain ? word : quoted(word);
  if (every_part) return out + ".*";
  if (part) out += "." + (is_plain_word(*part) ? *part : quoted(*part));
  return out;
}

Expression::Expression(std::string text, std::shared_ptr<const Node> root, std::vector<Name> names)
    : text_{std::move(text)}, root_{std::move(root)}, names_{std::move(names)} {}

Expression Expression::parse(std::string_view text) {
  std::string owned{text};
  Parsed parsed = expression::parse(owned);
  return Expression{std::move(owned), std::move(parsed.root), std::move(parsed.names)};
}

Column BoundExpression::evaluate(std::span<const ColumnView> inputs, std::size_t rows) const {
  return lone_name_ ? Column{inputs[lone_name_->place()]} : expression::evaluate(*root_, inputs, rows);
}

Column evaluate(const BoundNode& node, std::span<const ColumnView> inputs, std::size_t rows) {
  switch (node.type) {
    case Type::number:
      return collect<double>(node, inputs, rows);
    case Type::boolean:
      return collect<Truth>(node, inputs, rows);
    case Type::text:
      return collect<TextCode>(node, inputs, rows);
    case Type::instant:
      return collect<Instant>(node, inputs, rows);
    case Type::any:
      break;
  }
  return Column{ColumnView{MissingView{rows}}};
}

std::span<const std::string_view> reserved_words() noexcept {
  static const std::vector<std::string_view> words = [] {
    std::vector<std::string_view> all = keywords();
    for (const Function& function : functions()) {
      if (!function.of_source) all.push_back(function.name());  // no formula that may name a metric has those
    }
    std::ranges::sort(all);
    return all;
  }();
  return words;
}

}  // namespace customerhealth::expression
