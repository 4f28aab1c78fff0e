#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "customerhealth/source/path.hpp"
#include "json_cursor.hpp"

namespace customerhealth::source {

/// Whether a token is the value that a path writes: a text, digits, `true` or `false`.
[[nodiscard]] bool is_value(const Token& token, std::string_view wanted);

/// Appends what stands between the brackets and commas of a JSON text that is a list; false: it is none.
[[nodiscard]] bool append_elements(std::string_view text, std::vector<std::string_view>& out);

/// Finds the ends of several paths in one pass over a JSON text, without building what stands beside them.
///
/// A text is read by RFC 8259, all of it: whether it is JSON never depends on the paths. NaN, which Python writes, is
/// null. Of members of one name in an object the last counts. A text that is itself JSON is walked into. What is nested
/// deeply costs memory, not the stack.
class JsonPaths {
 public:
  explicit JsonPaths(std::span<const std::vector<Step>> paths);

  /// A token a path. False: the text is no JSON, and all tokens are absent. Texts inside of which a path goes on are
  /// unescaped into `kept`, which tokens may point into.
  bool find(std::string_view text, std::span<Token> out, std::deque<std::string>& kept) const;

 private:
  friend class JsonScanner;
  /// A place in the paths that some share up to there.
  struct Node {
    std::vector<std::pair<std::string, std::int32_t>> members;
    std::vector<std::pair<std::int64_t, std::int32_t>> places;
    std::vector<std::pair<Match, std::int32_t>> matches;
    std::vector<std::int32_t> ends;    // paths that end here
    std::vector<std::int32_t> inside;  // paths that go on from here
    [[nodiscard]] bool goes_on() const noexcept { return !inside.empty(); }
  };
  [[nodiscard]] std::int32_t child(std::int32_t node, const Step& step);

  std::vector<Node> nodes_;
};

}  // namespace customerhealth::source
