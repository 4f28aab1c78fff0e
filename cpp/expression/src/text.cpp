#include <algorithm>
#include <atomic>
#include <charconv>
#include <memory>
#include <string>

#include "customerhealth/common/blanks.hpp"
#include "kernels.hpp"
#include "lexer.hpp"
#include "nodes.hpp"

namespace customerhealth::expression {
namespace {

bool is_upper(char c) noexcept { return 'A' <= c && c <= 'Z'; }

/// The lower-case form of every text there is when the formula is bound; a lower-case text stands for itself.
/// Texts that come later (of formulas bound after this one) have theirs in the overlay, which takes them in together.
class LowerCase {
 public:
  explicit LowerCase(TextOverlay& texts) : texts_{texts} {
    const std::int32_t count = texts.size();
    table_.reserve(static_cast<std::size_t>(count));
    for (std::int32_t code = 0; code < count; ++code) table_.push_back(intern(texts, TextCode{code}));
  }

  [[nodiscard]] TextCode operator()(TextCode code) const {
    if (code.is_missing()) return code;
    const auto index = static_cast<std::size_t>(code.get());
    return index < table_.size() ? table_[index] : texts_.find(lower_case(texts_.text(code)));
  }

 private:
  static TextCode intern(TextOverlay& texts, TextCode code) {
    const std::string_view text = texts.text(code);
    return std::ranges::any_of(text, is_upper) ? texts.intern(lower_case(text)) : code;
  }

  const TextOverlay& texts_;
  std::vector<TextCode> table_;
};

class LowerNode final : public BoundNode {
 public:
  LowerNode(BoundPtr text, TextOverlay& texts) : BoundNode{Type::text}, text_{std::move(text)}, lower_{texts} {}
  [[nodiscard]] Value evaluate(Block& block) const override {
    const Value text = text_->evaluate(block);
    return map<TextCode>(block, operand<TextCode>(text, block), [this](TextCode code) { return lower_(code); });
  }

 private:
  BoundPtr text_;
  LowerCase lower_;
};

/// Makes a text of each text once. What it makes gets a code while rows are worked through: only one thread may.
template <class Make>
class MadeTextNode final : public BoundNode {
 public:
  MadeTextNode(BoundPtr text, Make make, TextOverlay& texts)
      : BoundNode{Type::text}, text_{std::move(text)}, make_{std::move(make)}, texts_{texts} {}
  [[nodiscard]] Value evaluate(Block& block) const override {
    const Value text = text_->evaluate(block);
    return map<TextCode>(block, operand<TextCode>(text, block), [this](TextCode code) { return made(code); });
  }

 private:
  static constexpr TextCode kUnknown{-2};

  [[nodiscard]] TextCode made(TextCode code) const {
    if (code.is_missing()) return code;
    const auto index = static_cast<std::size_t>(code.get());
    if (index >= made_.size()) made_.resize(static_cast<std::size_t>(texts_.size()), kUnknown);
    if (made_[index] != kUnknown) return made_[index];
    const std::string_view text = texts_.text(code);
    const std::string made = make_(text);
    const TextCode out = made == text ? code : texts_.intern(made);
    return made_[index] = out;
  }

  BoundPtr text_;
  Make make_;
  TextOverlay& texts_;
  mutable std::vector<TextCode> made_;
};

template <class Make>
BoundPtr make_text(Call call, Make make) {
  return std::make_unique<const MadeTextNode<Make>>(std::move(call.arguments[0]), std::move(make), call.texts);
}

/// The bytes of the first characters of a text in UTF-8.
std::string_view first_characters(std::string_view text, std::size_t count) noexcept {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool begins = (static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U;
    if (begins && count-- == 0) return text.substr(0, i);
  }
  return text;
}

double number_in(std::string_view text) noexcept {
  text = trimmed(text);
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  double value = kMissing<double>;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && stop == end ? finite(value) : kMissing<double>;
}

/// Spelled-out numbers seldom repeat: each row's text is read anew.
class NumberNode final : public BoundNode {
 public:
  NumberNode(BoundPtr text, const Texts& texts) : BoundNode{Type::number}, text_{std::move(text)}, texts_{texts} {}
  [[nodiscard]] Value evaluate(Block& block) const override {
    const Value text = text_->evaluate(block);
    return map<double>(block, operand<TextCode>(text, block), [this](TextCode code) {
      return code.is_missing() ? kMissing<double> : number_in(texts_.text(code));
    });
  }

 private:
  BoundPtr text_;
  const Texts& texts_;
};

using Test = bool (*)(std::string_view text, std::string_view pattern);

/// Asks each text once: the answers are kept, since a column repeats its texts. Threads may ask about the same text at
/// the same time and then write the same answer.
class PatternNode final : public BoundNode {
 public:
  PatternNode(BoundPtr text, Test test, std::string pattern, const Texts& texts)
      : BoundNode{Type::boolean},
        text_{std::move(text)},
        test_{test},
        pattern_{std::move(pattern)},
        texts_{texts},
        answers_(static_cast<std::size_t>(texts.size())) {}

  [[nodiscard]] Value evaluate(Block& block) const override {
    const Value text = text_->evaluate(block);
    return map<Truth>(block, operand<TextCode>(text, block), [this](TextCode code) { return answer(code); });
  }

 private:
  enum class Answer : std::uint8_t { unknown, no, yes };

  [[nodiscard]] Truth answer(TextCode code) const {
    if (code.is_missing()) return Truth::missing;
    const auto index = static_cast<std::size_t>(code.get());
    if (index >= answers_.size()) return ask(code) ? Truth::yes : Truth::no;  // a text of a formula bound later
    Answer known = answers_[index].load(std::memory_order_relaxed);
    if (known == Answer::unknown) {
      known = ask(code) ? Answer::yes : Answer::no;
      answers_[index].store(known, std::memory_order_relaxed);
    }
    return known == Answer::yes ? Truth::yes : Truth::no;
  }
  [[nodiscard]] bool ask(TextCode code) const { return test_(texts_.text(code), pattern_); }

  BoundPtr text_;
  Test test_;
  std::string pattern_;
  const Texts& texts_;
  mutable std::vector<std::atomic<Answer>> answers_;
};

BoundPtr make_pattern(Call call, Test test) {
  return std::make_unique<const PatternNode>(std::move(call.arguments[0]), test,
                                             std::get<std::string>(call.literals[1]->value), call.texts);
}

}  // namespace

BoundPtr make_number(Call call) { return std::make_unique<const NumberNode>(std::move(call.arguments[0]), call.texts); }

BoundPtr make_trim(Call call) {
  return make_text(std::move(call), [](std::string_view text) { return std::string{trimmed(text)}; });
}

BoundPtr make_left(Call call) {
  const auto count = static_cast<std::size_t>(std::get<Int128>(call.literals[1]->value));
  return make_text(std::move(call),
                   [count](std::string_view text) { return std::string{first_characters(text, count)}; });
}

BoundPtr make_lower(Call call) {
  if (call.of_source) return make_text(std::move(call), [](std::string_view text) { return lower_case(text); });
  return std::make_unique<const LowerNode>(std::move(call.arguments[0]), call.texts);
}

BoundPtr make_starts_with(Call call) {
  return make_pattern(std::move(call), [](std::string_view text, std::string_view s) { return text.starts_with(s); });
}

BoundPtr make_ends_with(Call call) {
  return make_pattern(std::move(call), [](std::string_view text, std::string_view s) { return text.ends_with(s); });
}

BoundPtr make_contains(Call call) {
  return make_pattern(std::move(call),
                      [](std::string_view text, std::string_view s) { return text.find(s) != std::string_view::npos; });
}

}  // namespace customerhealth::expression
