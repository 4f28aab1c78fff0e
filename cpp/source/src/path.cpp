#include "customerhealth/source/path.hpp"

#include <algorithm>
#include <charconv>

#include "customerhealth/common/errors.hpp"

namespace customerhealth::source {
namespace {

class StepReader {
 public:
  StepReader(std::string_view name, std::size_t begin) : name_{name}, at_{begin} {}

  std::vector<Step> all() {
    std::vector<Step> steps;
    while (at_ < name_.size()) {
      if (steps.size() == kMostSteps) fail(at_, "a path has at most " + std::to_string(kMostSteps) + " steps");
      const char c = name_[at_++];
      if (c == '.')
        steps.emplace_back(Member{word()});
      else if (c == '[')
        steps.push_back(bracket());
      else
        fail(at_ - 1, "expected . or [ behind a bracket");
    }
    return steps;
  }

 private:
  [[noreturn]] void fail(std::size_t at, const std::string& what) const {
    throw Error{"the path '" + std::string{name_} + "' cannot be read at its character " + std::to_string(at + 1) +
                ": " + what};
  }
  [[nodiscard]] char next() const noexcept { return at_ < name_.size() ? name_[at_] : '\0'; }

  std::string word() {
    const std::size_t begin = at_;
    at_ = std::min(name_.find_first_of(".[]", begin), name_.size());
    if (at_ == begin) fail(begin, "expected a name behind the dot; an odd one stands in brackets and quotes: ['a.b']");
    if (next() == ']') fail(at_, "this bracket closes nothing");
    return std::string{name_.substr(begin, at_ - begin)};
  }

  /// A text in single or double quotes, doubled inside.
  std::string quoted() {
    const std::size_t begin = at_;
    const char quote = name_[at_++];
    std::string out;
    for (;;) {
      const std::size_t end = name_.find(quote, at_);
      if (end == std::string_view::npos) fail(begin, "the quote is not closed");
      out += name_.substr(at_, end - at_);
      at_ = end + 1;
      if (next() != quote) return out;
      out += quote;
      ++at_;
    }
  }
  [[nodiscard]] bool is_quote() const noexcept { return next() == '"' || next() == '\''; }

  /// What stands in brackets, up to one of `ends`.
  std::string content(std::string_view ends) {
    if (is_quote()) return quoted();
    const std::size_t begin = at_;
    at_ = std::min(name_.find_first_of(ends, begin), name_.size());
    return std::string{name_.substr(begin, at_ - begin)};
  }
  void close(std::size_t begin) {
    if (next() != ']') fail(at_ < name_.size() ? at_ : begin, "expected ] to close this bracket");
    ++at_;
  }

  Step bracket() {
    const std::size_t begin = at_;
    const bool is_name = is_quote();
    std::string first = content("=]");
    if (next() == '=') {
      ++at_;
      if (first.empty()) fail(begin, "expected the name of a member before =");
      std::string value = content("]");
      close(begin - 1);
      return Match{std::move(first), std::move(value)};
    }
    close(begin - 1);
    if (is_name) return Member{std::move(first)};
    return place(first, begin);
  }

  [[nodiscard]] Place place(const std::string& digits, std::size_t begin) const {
    Place out;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out.place);
    const bool is_number = error == std::errc{} && end == digits.data() + digits.size();
    if (is_number && out.place >= 0) return out;
    if (!digits.empty() && digits[0] == '-') {
      fail(begin, "places are counted from 0, from the first on; none from the end");
    }
    if (digits == "*") fail(begin, "all elements are no value; `each` makes a row of every element");
    fail(begin, "expected a place such as [0], a member such as [key=value] or a name in quotes such as ['a.b']");
  }

  std::string_view name_;
  std::size_t at_;
};

}  // namespace

std::optional<std::string> root_of(std::string_view name, std::span<const std::string> columns) {
  for (std::size_t end = name.find_last_of(".["); end != std::string_view::npos && end > 0;
       end = name.find_last_of(".[", end - 1)) {
    const std::string_view root = name.substr(0, end);
    if (std::ranges::find(columns, root) != columns.end()) return std::string{root};
  }
  return std::nullopt;
}

std::string suggest_column(const std::string& name, const std::vector<std::string>& columns) {
  const std::string words = suggestion(name, columns);
  const std::string root = name.substr(0, name.find_first_of(".["));
  if (words.starts_with("did you mean") || root.empty() || root == name) return words;
  const std::string of_root = suggestion(root, columns);
  return of_root.starts_with("did you mean") ? of_root : words;
}

std::vector<Step> parse_steps(std::string_view name, std::size_t begin) { return StepReader{name, begin}.all(); }

}  // namespace customerhealth::source
