#include "json_text.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace customerhealth::source {
namespace {

bool is_name(std::string_view name, bool has_escapes, std::string_view wanted) {
  if (!has_escapes) return name == wanted;
  std::string plain;
  append_unescaped(name, plain);
  return plain == wanted;
}

bool is_number(std::string_view text, std::string_view wanted) {
  double a = 0, b = 0;
  const auto read = [](std::string_view from, double& to) {
    const auto [end, error] = std::from_chars(from.data(), from.data() + from.size(), to);
    return error == std::errc{} && end == from.data() + from.size();
  };
  const bool is_long = text.size() > 15 || wanted.size() > 15;  // digits that a double may not tell apart
  return !is_long && read(text, a) && read(wanted, b) && a == b;
}

}  // namespace

bool is_value(const Token& token, std::string_view wanted) {
  switch (token.kind) {
    case Token::Kind::text:
    case Token::Kind::escaped:
      return is_name(token.text(), token.kind == Token::Kind::escaped, wanted);
    case Token::Kind::no:
      return wanted == "false";
    case Token::Kind::yes:
      return wanted == "true";
    case Token::Kind::integer:
    case Token::Kind::number:
      return token.text() == wanted || is_number(token.text(), wanted);
    default:
      return false;
  }
}

bool append_elements(std::string_view text, std::vector<std::string_view>& out) {
  const std::size_t before = out.size();
  JsonCursor cursor{text};
  cursor.space();
  bool is_list = cursor.elements([&] {
    cursor.space();
    const char* const begin = cursor.at();
    if (!cursor.skip()) return false;
    out.emplace_back(begin, static_cast<std::size_t>(cursor.at() - begin));
    return true;
  });
  cursor.space();
  is_list = is_list && cursor.is_at_end();
  if (!is_list) out.resize(before);
  return is_list;
}

/// One pass over one text.
class JsonScanner {
 public:
  JsonScanner(const JsonPaths& paths, std::string_view text, std::span<Token> out, std::deque<std::string>& kept)
      : paths_{paths}, text_{text}, out_{out}, kept_{kept} {}

  /// From node `root` on; false: the text is no JSON.
  bool run(std::int32_t root) {
    if (!value(root)) return false;
    text_.space();
    return text_.is_at_end();
  }

 private:
  using Node = JsonPaths::Node;

  [[nodiscard]] const Node& node(std::int32_t index) const { return paths_.nodes_[static_cast<std::size_t>(index)]; }
  void set(const std::vector<std::int32_t>& paths, const Token& token) {
    for (const std::int32_t path : paths) out_[static_cast<std::size_t>(path)] = token;
  }
  bool value(std::int32_t index) {
    const Node& here = node(index);
    // of two members of one name the last counts, with all that stands in it
    set(here.ends, {});
    set(here.inside, {});
    text_.space();
    if (text_.is_at_end()) return false;
    const char* const begin = text_.at();
    if (text_.is_next('{') || text_.is_next('[')) {
      const bool is_object = text_.is_next('{');
      const bool is_fine = !here.goes_on() ? text_.skip() : is_object ? object(here) : list(here);
      if (is_fine) set(here.ends, Token{begin, static_cast<std::uint32_t>(text_.at() - begin), Token::Kind::nested});
      return is_fine;
    }
    Token token;
    if (!text_.scalar(token)) return false;
    set(here.ends, token);
    return !here.goes_on() || token.kind == Token::Kind::absent || inside(index, token);
  }

  /// A text may be JSON itself; any other value has nothing inside.
  bool inside(std::int32_t index, const Token& token) {
    set(node(index).inside, {nullptr, 0, Token::Kind::mismatch});
    const bool is_text = token.kind == Token::Kind::text || token.kind == Token::Kind::escaped;
    if (!is_text || token.size == 0) return true;
    std::string_view text = token.text();
    if (token.kind == Token::Kind::escaped) {
      std::string& whole = kept_.emplace_back();
      append_unescaped(text, whole);
      text = whole;
    }
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos || (text[first] != '{' && text[first] != '[')) return true;
    std::vector<Token> ends;
    for (const std::int32_t path : node(index).ends) ends.push_back(out_[static_cast<std::size_t>(path)]);
    if (!JsonScanner{paths_, text, out_, kept_}.run(index)) {
      set(node(index).inside, {nullptr, 0, Token::Kind::mismatch});
    }
    for (std::size_t i = 0; i < ends.size(); ++i) out_[static_cast<std::size_t>(node(index).ends[i])] = ends[i];
    return true;
  }

  void mismatch(std::int32_t index) {
    const Token none{nullptr, 0, Token::Kind::mismatch};
    set(node(index).ends, none);
    set(node(index).inside, none);
  }

  bool object(const Node& here) {
    for (const auto& [place, child] : here.places) mismatch(child);
    for (const auto& [match, child] : here.matches) mismatch(child);
    return text_.members([&](std::string_view name, bool has_escapes) {
      const std::int32_t child = has_escapes ? find_escaped(here, name) : find(here, name);
      return child < 0 ? text_.skip() : value(child);
    });
  }
  static std::int32_t find(const Node& here, std::string_view name) noexcept {
    for (const auto& [member, child] : here.members) {
      if (member == name) return child;
    }
    return -1;
  }
  static std::int32_t find_escaped(const Node& here, std::string_view name) {
    std::string plain;
    append_unescaped(name, plain);
    return find(here, plain);
  }

  bool list(const Node& here) {
    for (const auto& [name, child] : here.members) mismatch(child);
    std::vector<bool> is_found(here.matches.size());
    std::int64_t place = 0;
    return text_.elements([&] { return element(here, place++, is_found); });
  }
  /// An element may be walked into more than once, each time from its beginning.
  bool element(const Node& here, std::int64_t place, std::vector<bool>& is_found) {
    const char* const begin = text_.at();
    bool is_read = false;
    for (const auto& [wanted, child] : here.places) {
      if (wanted != place) continue;
      text_.go(begin);
      if (!value(child)) return false;
      is_read = true;
    }
    for (std::size_t m = 0; m < here.matches.size(); ++m) {
      if (is_found[m]) continue;
      text_.go(begin);
      bool is_equal = false;
      if (!has_member(here.matches[m].first, is_equal)) return false;
      is_read = true;
      if (!is_equal) continue;
      is_found[m] = true;
      text_.go(begin);
      if (!value(here.matches[m].second)) return false;
    }
    return is_read || text_.skip();
  }

  /// Whether the next value is an object of which that member is that value.
  bool has_member(const Match& match, bool& is_equal) {
    text_.space();
    if (!text_.is_next('{')) return text_.skip();
    return text_.members([&](std::string_view name, bool has_escapes) {
      return is_name(name, has_escapes, match.key) ? equals(match.value, is_equal) : text_.skip();
    });
  }
  bool equals(std::string_view wanted, bool& is_equal) {
    is_equal = false;
    text_.space();
    if (text_.is_next('{') || text_.is_next('[')) return text_.skip();
    Token token;
    if (text_.is_at_end() || !text_.scalar(token)) return false;
    is_equal = source::is_value(token, wanted);
    return true;
  }

  const JsonPaths& paths_;
  JsonCursor text_;
  std::span<Token> out_;
  std::deque<std::string>& kept_;
};

JsonPaths::JsonPaths(std::span<const std::vector<Step>> paths) : nodes_(1) {
  for (std::size_t path = 0; path < paths.size(); ++path) {
    std::int32_t node = 0;
    for (const Step& step : paths[path]) {
      nodes_[static_cast<std::size_t>(node)].inside.push_back(static_cast<std::int32_t>(path));
      node = child(node, step);
    }
    nodes_[static_cast<std::size_t>(node)].ends.push_back(static_cast<std::int32_t>(path));
  }
}

std::int32_t JsonPaths::child(std::int32_t node, const Step& step) {
  const auto next = static_cast<std::int32_t>(nodes_.size());
  const auto among = [&](auto& children, const auto& wanted) {
    for (const auto& [there, child] : children) {
      if (there == wanted) return child;
    }
    children.emplace_back(wanted, next);
    return next;
  };
  Node& from = nodes_[static_cast<std::size_t>(node)];
  std::int32_t found = next;
  if (const auto* member = std::get_if<Member>(&step)) found = among(from.members, member->name);
  if (const auto* place = std::get_if<Place>(&step)) found = among(from.places, place->place);
  if (const auto* match = std::get_if<Match>(&step)) found = among(from.matches, *match);
  if (found == next) nodes_.emplace_back();
  return found;
}

bool JsonPaths::find(std::string_view text, std::span<Token> out, std::deque<std::string>& kept) const {
  const bool is_json =
      text.size() <= std::numeric_limits<std::uint32_t>::max() && JsonScanner{*this, text, out, kept}.run(0);
  if (!is_json) std::ranges::fill(out, Token{});
  return is_json;
}

}  // namespace customerhealth::source
