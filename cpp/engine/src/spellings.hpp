#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "customerhealth/common/parallel.hpp"

/// How one id is written in two ways.
namespace customerhealth::engine {

/// Without outer blanks: those of ASCII, and the no-break space.
[[nodiscard]] std::string_view without_outer_blanks(std::string_view text) noexcept;

/// With one space for each run of blanks.
[[nodiscard]] std::string with_single_blanks(std::string_view text);

/// In lower case: ASCII, and the letters of Latin, Greek and Cyrillic that UTF-8 writes in two bytes.
[[nodiscard]] std::string in_lower_case(std::string_view text);

/// Whether a text has the form of a Salesforce id of 15 characters, in which case tells records apart: a prefix of the
/// record's type such as 001 or a0B, then letters and digits.
[[nodiscard]] bool is_salesforce_15(std::string_view text) noexcept;

/// Whether it is one of 18 characters: 15, and three that say which of them are upper case (Salesforce, "ID Field
/// Type": a bit a character, five a digit, of A to Z and 0 to 5).
[[nodiscard]] bool is_salesforce_18(std::string_view text) noexcept;

/// Whether case stands inside of words, as in tokens (`aB3x`), where it may tell ids apart.
[[nodiscard]] bool is_token(std::string_view text) noexcept;

/// Groups of texts, by their places, that are the same but for case and blanks, or as 15 and 18 characters of
/// Salesforce. No text is twice among them.
[[nodiscard]] std::vector<std::vector<std::size_t>> groups_alike(std::span<const std::string_view> texts,
                                                                 const Watch& watch);

/// By what two spellings differ, or any of several pairs.
struct Differences {
  bool by_case = false, by_blanks = false, of_salesforce = false;

  [[nodiscard]] static Differences between(std::string_view a, std::string_view b);
  void add(const Differences& other) noexcept;
  /// "by case, by blanks".
  [[nodiscard]] std::string words() const;
  /// How to write them one way.
  [[nodiscard]] std::string cure() const;
};

/// Whether case may tell ids apart: there are some, and most of them are tokens.
[[nodiscard]] bool are_tokens(std::span<const std::string_view> texts) noexcept;

/// What may stand between several ids, the surest first.
inline constexpr std::string_view kSeparators = ";\n\t|,";

/// The parts of a text between semicolons, else ends of lines, tabs, bars or commas, without blanks, brackets and
/// quotes around and empty ones; fewer than two where it has no such parts.
struct Parts {
  char separator = 0;
  std::vector<std::string_view> parts;
};
[[nodiscard]] Parts parts_of(std::string_view text);

}  // namespace customerhealth::engine
