#include "parser.hpp"

#include <array>
#include <limits>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/common/length.hpp"
#include "functions.hpp"
#include "lexer.hpp"

namespace customerhealth::expression {
namespace {

constexpr int kMostDepth = 200;

constexpr std::array<std::pair<std::string_view, Order>, 6> kOrders{{{"=", Order::equal},
                                                                     {"!=", Order::unequal},
                                                                     {"<", Order::less},
                                                                     {"<=", Order::at_most},
                                                                     {">", Order::greater},
                                                                     {">=", Order::at_least}}};

template <class Kind>
NodePtr make_node(std::int64_t position, Kind kind) {
  return std::make_unique<const Node>(Node{position, std::move(kind)});
}

class Parser {
 public:
  explicit Parser(const std::string& formula) : formula_{formula}, lexer_{formula}, token_{lexer_.next()} {}

  Parsed whole() {
    if (token_.kind == TokenKind::end) fail("this formula is empty");
    NodePtr node = parse_formula();
    if (token_.kind != TokenKind::end) fail_after_operand();
    return {std::move(node), std::move(names_)};
  }

 private:
  /// Counts how deep the rules call each other, so that no formula can exhaust the stack.
  class Deeper {
   public:
    explicit Deeper(Parser& parser) : parser_{parser} {
      if (++parser_.depth_ > kMostDepth) {
        parser_.fail("this is nested more than " + std::to_string(kMostDepth) + " deep; split it into several metrics");
      }
    }
    ~Deeper() { --parser_.depth_; }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;

   private:
    Parser& parser_;
  };

  [[noreturn]] void fail(const std::string& message) const { fail(message, token_.position); }
  [[noreturn]] void fail(const std::string& message, std::int64_t position) const {
    throw FormulaError{message, formula_, position};
  }
  [[noreturn]] void fail_after_operand() const;

  Token take() { return std::exchange(token_, lexer_.next()); }
  bool skip_symbol(std::string_view symbol) {
    const bool here = token_.is_symbol(symbol);
    if (here) take();
    return here;
  }
  bool skip_word(std::string_view word) {
    const bool here = token_.is_word(word);
    if (here) take();
    return here;
  }
  void expect_symbol(std::string_view symbol, std::string_view where) {
    if (skip_symbol(symbol)) return;
    fail("`" + std::string{symbol} + "` is wanted " + std::string{where} + ", not " + token_.described());
  }

  NodePtr parse_formula() { return parse_junction("or", JunctionNode::Kind::any, &Parser::parse_and); }
  NodePtr parse_and() { return parse_junction("and", JunctionNode::Kind::all, &Parser::parse_not); }
  NodePtr parse_junction(std::string_view word, JunctionNode::Kind kind, NodePtr (Parser::*operand)());
  NodePtr parse_not();
  NodePtr parse_test();
  NodePtr parse_comparison(NodePtr left, Order order);
  NodePtr parse_membership(NodePtr value);
  NodePtr parse_between(NodePtr value);
  NodePtr parse_sum() { return parse_chain("+-", &Parser::parse_product); }
  NodePtr parse_product() { return parse_chain("*/%", &Parser::parse_unary); }
  NodePtr parse_chain(std::string_view operations, NodePtr (Parser::*operand)());
  NodePtr parse_unary();
  NodePtr parse_atom();
  NodePtr parse_literal();
  NodePtr parse_word();
  NodePtr parse_date(std::int64_t position);
  NodePtr parse_call(const Token& name);
  NodePtr parse_name(Token first);
  NodePtr negate(std::int64_t position, NodePtr operand) const;
  [[nodiscard]] std::optional<Order> order_here() const noexcept;

  const std::string& formula_;
  Lexer lexer_;
  Token token_;  // the one that is looked at
  int depth_ = 0;
  std::vector<Name> names_;
  std::unordered_set<std::string> seen_;
};

void Parser::fail_after_operand() const {
  const std::string small = lower_case(token_.text);
  if (token_.kind == TokenKind::word && (small == "like" || small == "ilike" || small == "regexp")) {
    fail("there is no `" + token_.text + "`; starts_with, ends_with and contains look into texts");
  }
  if (order_here()) fail("comparisons do not chain: write `a < b and b < c`");
  if (token_.is_symbol(")")) fail("this `)` closes nothing");
  if (token_.is_symbol(",")) fail("a `,` stands only between the arguments of a function or in a list");
  fail("an operator or the end of the formula is wanted here, not " + token_.described());
}

NodePtr Parser::parse_junction(std::string_view word, JunctionNode::Kind kind, NodePtr (Parser::*operand)()) {
  NodePtr first = (this->*operand)();
  if (!token_.is_word(word)) return first;
  const std::int64_t position = first->position;
  JunctionNode junction{kind, {}};
  junction.operands.push_back(std::move(first));
  while (skip_word(word)) junction.operands.push_back((this->*operand)());
  return make_node(position, std::move(junction));
}

NodePtr Parser::parse_not() {
  if (!token_.is_word("not")) return parse_test();
  const Deeper deeper{*this};
  const std::int64_t position = take().position;
  return make_node(position, NotNode{parse_not()});
}

std::optional<Order> Parser::order_here() const noexcept {
  for (const auto& [symbol, order] : kOrders) {
    if (token_.is_symbol(symbol)) return order;
  }
  return std::nullopt;
}

NodePtr Parser::parse_test() {
  NodePtr left = parse_sum();
  const std::int64_t position = left->position;
  if (const auto order = order_here()) {
    take();
    return parse_comparison(std::move(left), *order);
  }
  if (skip_word("is")) {
    const bool negated = skip_word("not");
    if (!skip_word("missing")) fail("after `is` comes `missing` or `not missing`; to compare, write `=`");
    NodePtr test = make_node(position, IsMissingNode{std::move(left)});
    return negated ? make_node(position, NotNode{std::move(test)}) : std::move(test);
  }
  const bool negated = skip_word("not");
  NodePtr test;
  if (skip_word("in")) {
    test = parse_membership(std::move(left));
  } else if (skip_word("between")) {
    test = parse_between(std::move(left));
  } else if (negated) {
    fail("after a value, `not` goes with `in` or `between`, not with " + token_.described());
  } else {
    return left;
  }
  return negated ? make_node(position, NotNode{std::move(test)}) : std::move(test);
}

NodePtr Parser::parse_comparison(NodePtr left, Order order) {
  const std::int64_t position = left->position;
  NodePtr right = parse_sum();
  return make_node(position, ComparisonNode{order, std::move(left), std::move(right)});
}

NodePtr Parser::parse_membership(NodePtr value) {
  const std::int64_t position = value->position;
  expect_symbol("(", "after `in`");
  MembershipNode membership{std::move(value), {}};
  do {
    membership.list.push_back(parse_literal());
  } while (skip_symbol(","));
  expect_symbol(")", "after the list");
  return make_node(position, std::move(membership));
}

NodePtr Parser::parse_between(NodePtr value) {
  const std::int64_t position = value->position;
  NodePtr low = parse_sum();
  if (!skip_word("and")) fail("`between` wants two bounds, as in `x between 1 and 5`; here is " + token_.described());
  NodePtr high = parse_sum();
  return make_node(position, BetweenNode{std::move(value), std::move(low), std::move(high)});
}

NodePtr Parser::parse_chain(std::string_view operations, NodePtr (Parser::*operand)()) {
  const auto is_operation = [operations](const Token& token) {
    return token.kind == TokenKind::symbol && token.text.size() == 1 && operations.find(token.text) < operations.size();
  };
  NodePtr first = (this->*operand)();
  if (!is_operation(token_)) return first;
  const std::int64_t position = first->position;
  ChainNode chain{std::move(first), {}};
  while (is_operation(token_)) {
    const char operation = take().text.front();
    chain.steps.push_back({operation, (this->*operand)()});
  }
  return make_node(position, std::move(chain));
}

NodePtr Parser::parse_unary() {
  if (!token_.is_symbol("-")) return parse_atom();
  const Deeper deeper{*this};
  const std::int64_t position = take().position;
  return negate(position, parse_unary());
}

/// A number with its sign is a literal as well; so -9223372036854775808 is exact.
NodePtr Parser::negate(std::int64_t position, NodePtr operand) const {
  if (const auto* literal = std::get_if<LiteralNode>(&operand->kind)) {
    if (const auto* number = std::get_if<double>(&literal->value)) return make_node(position, LiteralNode{-*number});
    if (const auto* integer = std::get_if<Int128>(&literal->value)) {
      if (-*integer < std::numeric_limits<std::int64_t>::min()) {
        fail("this integer does not fit 64 bits; write it with a point if it need not be exact", position);
      }
      return make_node(position, LiteralNode{-*integer});
    }
  }
  return make_node(position, NegationNode{std::move(operand)});
}

NodePtr Parser::parse_atom() {
  const Token& token = token_;
  switch (token.kind) {
    case TokenKind::integer:
    case TokenKind::number:
    case TokenKind::text: {
      const Token taken = take();
      if (taken.kind == TokenKind::integer) {
        return make_node(taken.position, LiteralNode{static_cast<Int128>(taken.integer)});
      }
      if (taken.kind == TokenKind::number) return make_node(taken.position, LiteralNode{taken.number});
      return make_node(taken.position, LiteralNode{taken.text});
    }
    case TokenKind::word:
      return parse_word();
    case TokenKind::quoted_word:
      return parse_name(take());
    case TokenKind::symbol:
    case TokenKind::end:
      break;
  }
  if (!token.is_symbol("(")) {
    if (token.is_symbol("+")) fail("a number needs no `+` in front");
    fail("a value is wanted here (a number, a 'text', a name, a function), not " + token.described());
  }
  const Deeper deeper{*this};
  const std::int64_t position = take().position;
  NodePtr inner = parse_formula();
  if (!token_.is_symbol(")") && (order_here() || token_.kind == TokenKind::word)) fail_after_operand();
  expect_symbol(")", "to close the `(` at character " + std::to_string(position + 1));
  return inner;
}

/// In a list only literals stand; a word there is most likely a text without its quotes.
NodePtr Parser::parse_literal() {
  const Token start = token_;
  const bool is_literal = start.is_symbol("-") || start.kind == TokenKind::integer || start.kind == TokenKind::number ||
                          start.kind == TokenKind::text || start.is_word("true") || start.is_word("false") ||
                          start.is_word("missing") || start.is_word("date");
  NodePtr node = is_literal ? parse_unary() : nullptr;
  if (node != nullptr && std::holds_alternative<LiteralNode>(node->kind)) return node;
  std::string message = "a list holds literals: numbers, 'texts', dates, true, false; not " + start.described();
  if (start.kind == TokenKind::word) message += " (a text goes in single quotes: '" + start.text + "')";
  fail(message, start.position);
}

NodePtr Parser::parse_word() {
  const Token word = take();
  if (word.text == "true") return make_node(word.position, LiteralNode{Truth::yes});
  if (word.text == "false") return make_node(word.position, LiteralNode{Truth::no});
  if (word.text == "missing") return make_node(word.position, LiteralNode{Missing{}});
  if (token_.kind == TokenKind::text && lower_case(word.text) == "date") {
    if (word.text != "date") fail("keywords are in lower case: write `date`", word.position);
    return parse_date(word.position);
  }
  if (is_keyword(word.text)) {
    fail("a value is wanted here, not `" + word.text + "` (a column of that name goes in double quotes)",
         word.position);
  }
  if (token_.is_symbol("(")) return parse_call(word);
  return parse_name(word);
}

NodePtr Parser::parse_date(std::int64_t position) {
  const Token text = take();
  const auto instant = parse_instant(text.text);
  if (!instant) fail("this is no date; dates are written 2026-01-31 or 2026-01-31T12:30:00Z", text.position);
  return make_node(position, LiteralNode{*instant});
}

NodePtr Parser::parse_call(const Token& name) {
  const Function* function = find_function(name.text);
  if (function == nullptr) fail(unknown_function(name.text), name.position);
  const Deeper deeper{*this};
  take();  // (
  CallNode call{function, {}};
  if (!token_.is_symbol(")")) {
    do {
      call.arguments.push_back(parse_formula());
    } while (skip_symbol(","));
  }
  if (!token_.is_symbol(")") && (order_here() || token_.kind == TokenKind::word)) fail_after_operand();
  expect_symbol(")", "after the arguments of `" + name.text + "`");
  if (call.arguments.size() < function->least || call.arguments.size() > function->most) {
    fail(wrong_count(*function, call.arguments.size()), name.position);
  }
  return make_node(name.position, std::move(call));
}

NodePtr Parser::parse_name(Token first) {
  Name name{std::move(first.text), std::nullopt, false, first.position};
  if (skip_symbol(".")) {
    const bool is_word = token_.kind == TokenKind::word || token_.kind == TokenKind::quoted_word;
    if (!is_word && !token_.is_symbol("*")) {
      fail("after the point of `" + name.word + ".` comes a word, \"any text\" or `*`, not " + token_.described());
    }
    const Token part = take();
    if (is_word) {
      name.part = part.text;
    } else {
      name.every_part = true;
    }
  }
  if (seen_.insert(name.to_string()).second) names_.push_back(name);
  const std::int64_t position = name.position;
  return make_node(position, NameNode{std::move(name)});
}

}  // namespace

Parsed parse(const std::string& formula) { return Parser{formula}.whole(); }

}  // namespace customerhealth::expression
