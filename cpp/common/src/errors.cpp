#include "customerhealth/common/errors.hpp"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include "customerhealth/common/near_first.hpp"
#include "customerhealth/common/vocabulary.hpp"

namespace customerhealth {
namespace {

std::string with_path(const Problem& problem) {
  return problem.path.empty() ? problem.message : problem.path + ": " + problem.message;
}

/// Each line of `text` moved to the right, so that the lines of one problem stay together (and a caret stays put).
std::string indented(std::string_view text) {
  std::string out = "  ";
  for (const char c : text) {
    out += c;
    if (c == '\n') out += "  ";
  }
  return out;
}

std::string list_problems(const std::vector<Problem>& problems) {
  if (problems.size() == 1) return with_path(problems.front());
  std::string out = std::to_string(problems.size()) + " problems in the model:";
  for (const Problem& problem : problems) out.append("\n").append(indented(with_path(problem)));
  return out;
}

bool starts_code_point(char c) noexcept { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }

std::size_t count_code_points(std::string_view text) noexcept {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts_code_point));
}

constexpr std::size_t kWidth = 60;  // code points shown on either side of the caret

std::string_view drop_far_left(std::string_view line, std::size_t& at) {
  std::size_t begin = at, points = 0;
  while (begin > 0 && points < kWidth) points += starts_code_point(line[--begin]) ? 1 : 0;
  at -= begin;
  return line.substr(begin);
}

std::string_view drop_far_right(std::string_view line, std::size_t at) {
  std::size_t end = at, points = 0;
  while (end < line.size() && points <= kWidth) {
    ++end;
    if (end == line.size() || starts_code_point(line[end])) ++points;
  }
  return line.substr(0, end);
}

std::string lower(std::string_view text) {
  std::string out{text};
  for (char& c : out) c = 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

/// How many characters must be put in, taken out, replaced or swapped with their neighbour.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), now(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      now[j] = std::min({replaced, above[j] + 1, now[j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) now[j] = std::min(now[j], before[j - 2] + 1);
    }
    before.swap(above);
    above.swap(now);
  }
  return above[b.size()];
}

constexpr std::size_t kLongestSuggested = 100;  // nobody mistypes a longer name, and the distance is quadratic
constexpr std::size_t kMostListed = 12;

const std::string* nearest(const std::string& given, const std::vector<std::string>& candidates) {
  if (given.size() > kLongestSuggested) return nullptr;
  const std::string* best = nullptr;
  std::size_t least = std::max<std::size_t>(2, given.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > kLongestSuggested) continue;
    const std::size_t distance = edit_distance(lower(given), lower(candidate));
    // With as many edits as letters any short word is "near" any other.
    if (distance >= least || distance >= std::min(given.size(), candidate.size())) continue;
    least = distance;
    best = &candidate;
  }
  return best;
}

/// The nearest candidate, or the first `most` of them.
std::string suggestion_of(const std::string& given, const std::vector<std::string>& candidates, std::size_t most) {
  if (candidates.empty()) return "there are none to choose from";
  if (const std::string* name = nearest(given, candidates)) return "did you mean '" + *name + "'?";
  std::string out = candidates.size() == 1 ? "expected " : "expected one of ";
  for (std::size_t i = 0; i < std::min(candidates.size(), most); ++i) {
    out += (i == 0 ? "" : ", ") + candidates[i];
  }
  return candidates.size() > most ? out + ", ..." : out;
}

}  // namespace

ModelError::ModelError(std::vector<Problem> problems)
    : Error{list_problems(problems)}, problems_{std::move(problems)} {}

FormulaError::FormulaError(std::string message, const std::string& formula, std::int64_t position)
    : ModelError{{Problem{"", message + "\n" + with_caret(formula, position), position}}},
      message_{std::move(message)},
      position_{position} {}

DataError::DataError(std::string message, std::string table, std::string column, std::int64_t row, std::int64_t rows)
    : Error{message}, table_{std::move(table)}, column_{std::move(column)}, row_{row}, rows_{rows} {}

std::string with_caret(const std::string& formula, std::int64_t position) {
  const auto at =
      static_cast<std::size_t>(std::clamp<std::int64_t>(position, 0, static_cast<std::int64_t>(formula.size())));
  const std::size_t before = at == 0 ? std::string::npos : formula.rfind('\n', at - 1);
  const std::size_t begin = before == std::string::npos ? 0 : before + 1;
  const std::size_t end = std::min(formula.find('\n', at), formula.size());
  const std::string_view whole = std::string_view{formula}.substr(begin, end - begin);

  std::size_t column = at - begin;
  const std::string_view from_left = drop_far_left(whole, column);
  const std::string_view shown = drop_far_right(from_left, column);
  const std::string left = from_left.size() < whole.size() ? "..." : "";
  const std::string right = shown.size() < from_left.size() ? "..." : "";
  std::string line = "  " + left + std::string{shown} + right;
  // A tab or another control character would move the caret.
  std::replace_if(line.begin(), line.end(), [](char c) { return 0 <= c && c < ' '; }, ' ');
  const std::size_t spaces = 2 + left.size() + count_code_points(shown.substr(0, column));
  return line + "\n" + std::string(spaces, ' ') + "^";
}

std::vector<std::string> near_first(const std::string& given, std::vector<std::string> candidates) {
  const auto distance = [&](const std::string& candidate) {
    const bool is_too_long = std::max(given.size(), candidate.size()) > kLongestSuggested;
    return is_too_long ? std::numeric_limits<std::size_t>::max() : edit_distance(lower(given), lower(candidate));
  };
  std::vector<std::pair<std::size_t, std::string>> found;
  for (std::string& candidate : candidates) {
    const std::size_t at = distance(candidate);
    found.emplace_back(at, std::move(candidate));
  }
  std::ranges::stable_sort(found, {}, &std::pair<std::size_t, std::string>::first);
  for (std::size_t i = 0; i < found.size(); ++i) candidates[i] = std::move(found[i].second);
  return candidates;
}

std::string suggestion(const std::string& given, const std::vector<std::string>& candidates) {
  return suggestion_of(given, candidates, kMostListed);
}

std::string word_suggestion(const std::string& given, const std::vector<std::string>& words) {
  return suggestion_of(given, words, words.size());
}

}  // namespace customerhealth
