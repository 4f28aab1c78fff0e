#pragma once

#include <cstdlib>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/common/utf8.hpp"
#include "json_text.hpp"

/// What the fuzzer and the replay of its corpus both run: the first line is a path (of a column `r`), the rest a JSON
/// text. Whatever they are, the text is JSON or not, with this path as with none.
namespace customerhealth::json_target {

inline void require(bool holds) {
  if (!holds) std::abort();
}

inline void run(std::string_view data) {
  const std::size_t line = data.find('\n');
  if (line == std::string_view::npos) return;
  std::vector<std::vector<source::Step>> paths{{}};
  try {
    paths.push_back(source::parse_steps("r" + std::string{data.substr(0, line)}, 1));
  } catch (const DataError&) {
    std::abort();
  } catch (const Error&) {
    return;
  }
  const std::string_view text = data.substr(line + 1);
  std::vector<source::Token> tokens(2), one(1);
  std::deque<std::string> kept;
  const bool is_json = source::JsonPaths{paths}.find(text, tokens, kept);
  require(source::JsonPaths{std::span{paths}.first(1)}.find(text, one, kept) == is_json);
  for (const source::Token& token : tokens) {
    std::string content;
    if (token.kind == source::Token::Kind::escaped) source::append_unescaped(token.text(), content);
    require(find_not_utf8(content) == std::string_view::npos);
    require(is_json || token.kind == source::Token::Kind::absent);
    static_cast<void>(source::is_value(token, "1"));
  }
}

}  // namespace customerhealth::json_target
