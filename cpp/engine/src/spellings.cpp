#include "spellings.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <utility>

namespace customerhealth::engine {
namespace {

constexpr bool is_upper(char c) noexcept { return c >= 'A' && c <= 'Z'; }
constexpr bool is_lower(char c) noexcept { return c >= 'a' && c <= 'z'; }
constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_alphanumeric(char c) noexcept { return is_upper(c) || is_lower(c) || is_digit(c); }

constexpr std::array<std::string_view, 7> kBlanks{" ", "\t", "\n", "\r", "\v", "\f", "\xC2\xA0"};

/// Of the letters from U+0080 to U+07FF.
constexpr std::uint32_t lower_of(std::uint32_t letter) noexcept {
  const auto is_in = [letter](std::uint32_t first, std::uint32_t last) { return letter >= first && letter <= last; };
  if ((is_in(0xC0, 0xDE) && letter != 0xD7) || is_in(0x391, 0x3A9) || is_in(0x410, 0x42F)) return letter + 32;
  if (is_in(0x400, 0x40F)) return letter + 80;
  if (is_in(0x139, 0x148) || is_in(0x179, 0x17E)) return letter + (letter & 1U);  // pairs that begin with an odd one
  if (is_in(0x100, 0x137) || is_in(0x14A, 0x177)) return letter | 1U;
  return letter;
}

std::string listed(std::array<bool, 3> are, std::array<const char*, 3> words) {
  std::string out;
  for (std::size_t i = 0; i < are.size(); ++i) {
    if (are[i]) out += (out.empty() ? "" : ", ") + std::string{words[i]};
  }
  return out;
}

/// Writes what the spellings of a text have in common; false: it has none.
using Write = bool (*)(std::string_view text, std::string& form);

bool write_small(std::string_view text, std::string& form) {
  const std::string_view inner = without_outer_blanks(text);
  if (is_salesforce_15(inner)) return false;
  form = in_lower_case(with_single_blanks(inner));
  return true;
}

bool write_of_salesforce(std::string_view text, std::string& form) {
  const std::string_view inner = without_outer_blanks(text);
  if (!is_salesforce_15(inner) && !is_salesforce_18(inner)) return false;
  form = inner.substr(0, 15);
  return true;
}

void add_groups(std::span<const std::string_view> texts, const Watch& watch, Write write,
                std::vector<std::vector<std::size_t>>& groups) {
  std::vector<std::pair<std::size_t, std::size_t>> hashes;
  std::string form;
  for (std::size_t place = 0; place < texts.size(); ++place) {
    if (place % 4096 == 0) watch.check();
    if (write(texts[place], form)) hashes.emplace_back(std::hash<std::string>{}(form), place);
  }
  std::ranges::sort(hashes);
  for (std::size_t begin = 0; begin < hashes.size();) {
    std::size_t end = begin + 1;
    while (end < hashes.size() && hashes[end].first == hashes[begin].first) ++end;
    std::map<std::string, std::vector<std::size_t>> of_form;
    for (std::size_t i = begin; end - begin > 1 && i < end; ++i) {
      write(texts[hashes[i].second], form);
      of_form[form].push_back(hashes[i].second);
    }
    for (auto& [text, group] : of_form) {
      if (group.size() > 1) groups.push_back(std::move(group));
    }
    begin = end;
  }
}

}  // namespace

std::vector<std::vector<std::size_t>> groups_alike(std::span<const std::string_view> texts, const Watch& watch) {
  std::vector<std::vector<std::size_t>> groups;
  add_groups(texts, watch, write_small, groups);
  add_groups(texts, watch, write_of_salesforce, groups);
  return groups;
}

std::string_view without_outer_blanks(std::string_view text) noexcept {
  const auto cut = [&text](bool begins, std::string_view blank) {
    if (!(begins ? text.starts_with(blank) : text.ends_with(blank))) return false;
    begins ? text.remove_prefix(blank.size()) : text.remove_suffix(blank.size());
    return true;
  };
  for (const bool begins : {true, false}) {
    while (std::ranges::any_of(kBlanks, [&](std::string_view blank) { return cut(begins, blank); })) continue;
  }
  return text;
}

std::string with_single_blanks(std::string_view text) {
  constexpr std::string_view kFirstBytes = " \t\n\r\v\f\xC2";
  if (text.find_first_of(kFirstBytes) == std::string_view::npos) return std::string{text};
  std::string out;
  while (!text.empty()) {
    const auto blank = std::ranges::find_if(kBlanks, [&](std::string_view each) { return text.starts_with(each); });
    if (blank == kBlanks.end()) {
      out += text.front();
      text.remove_prefix(1);
    } else {
      if (!out.ends_with(' ')) out += ' ';
      text.remove_prefix(blank->size());
    }
  }
  return out;
}

std::string in_lower_case(std::string_view text) {
  std::string out{text};
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (is_upper(out[i])) out[i] = static_cast<char>(out[i] - 'A' + 'a');
    const auto lead = static_cast<unsigned char>(out[i]);
    if ((lead & 0xE0U) != 0xC0U || i + 1 == out.size()) continue;
    const std::uint32_t letter = lower_of((lead & 0x1FU) << 6U | (static_cast<unsigned char>(out[i + 1]) & 0x3FU));
    out[i] = static_cast<char>(0xC0U | letter >> 6U);
    out[++i] = static_cast<char>(0x80U | (letter & 0x3FU));
  }
  return out;
}

bool is_salesforce_15(std::string_view text) noexcept {
  return text.size() == 15 && std::ranges::all_of(text, is_alphanumeric) &&
         (is_digit(text[0]) || (text[0] == 'a' && is_digit(text[1])));
}

bool is_salesforce_18(std::string_view text) noexcept {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
  if (text.size() != 18 || !std::ranges::all_of(text, is_alphanumeric)) return false;
  for (std::size_t chunk = 0; chunk < 3; ++chunk) {
    std::size_t digit = 0;
    for (std::size_t i = 0; i < 5; ++i) digit |= static_cast<std::size_t>(is_upper(text[chunk * 5 + i])) << i;
    if (text[15 + chunk] != kDigits[digit]) return false;
  }
  return true;
}

bool is_token(std::string_view text) noexcept {
  const bool has_digit = std::ranges::any_of(text, is_digit), has_lower = std::ranges::any_of(text, is_lower);
  bool has_inner_upper = false;
  for (std::size_t i = 1; i < text.size(); ++i) has_inner_upper |= is_upper(text[i]) && is_lower(text[i - 1]);
  return has_inner_upper || (has_digit && has_lower && std::ranges::any_of(text, is_upper));
}

Differences Differences::between(std::string_view a, std::string_view b) {
  const std::string inner_a = with_single_blanks(without_outer_blanks(a));
  const std::string inner_b = with_single_blanks(without_outer_blanks(b));
  return {inner_a.size() == inner_b.size() && inner_a != inner_b, inner_a != a || inner_b != b,
          inner_a.size() != inner_b.size()};
}

void Differences::add(const Differences& other) noexcept {
  by_case |= other.by_case, by_blanks |= other.by_blanks, of_salesforce |= other.of_salesforce;
}

std::string Differences::words() const {
  return listed({by_case, by_blanks, of_salesforce}, {"by case", "by blanks", "as 15 and 18 characters of Salesforce"});
}

std::string Differences::cure() const {
  return listed({by_case, by_blanks, of_salesforce}, {"in lower case", "without blanks around and with one inside",
                                                      "Salesforce's with their first 15 characters"});
}

bool are_tokens(std::span<const std::string_view> texts) noexcept {
  constexpr std::size_t kFewest = 100;
  return texts.size() >= kFewest && static_cast<std::size_t>(std::ranges::count_if(texts, is_token)) * 2 > texts.size();
}

namespace {

/// Without the brackets of a list around it, or the quotes of a text.
std::string_view without_marks(std::string_view text) noexcept {
  constexpr std::array<std::string_view, 5> kMarks{"[]", "{}", "()", "\"\"", "''"};
  text = without_outer_blanks(text);
  const bool is_marked = text.size() > 1 && std::ranges::any_of(kMarks, [&](std::string_view marks) {
                           return text.front() == marks[0] && text.back() == marks[1];
                         });
  return is_marked ? without_outer_blanks(text.substr(1, text.size() - 2)) : text;
}

}  // namespace

Parts parts_of(std::string_view text) {
  text = without_marks(text);
  for (const char separator : kSeparators) {
    Parts found{separator, {}};
    for (std::size_t begin = 0; begin <= text.size();) {
      const std::size_t end = std::min(text.find(separator, begin), text.size());
      const auto part = without_marks(text.substr(begin, end - begin));
      if (!part.empty()) found.parts.push_back(part);
      begin = end + 1;
    }
    if (found.parts.size() > 1) return found;
  }
  return {};
}

}  // namespace customerhealth::engine
