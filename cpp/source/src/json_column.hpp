#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "customerhealth/arrow/nested.hpp"
#include "customerhealth/source/walk.hpp"
#include "json_text.hpp"

namespace customerhealth::source {

/// What the tokens of a column are, looked at together.
struct Seen {
  bool integer = false;   // of 64 bits, signed
  bool negative = false;  // one of the integers is
  bool wide = false;      // integers that only 64 bits without a sign hold
  bool huge = false;      // integers that 64 bits do not hold
  bool number = false;
  bool text = false;
  bool truth = false;
  bool nested = false;
  // Of the texts: whether all write a number, an instant, true or false, an id as integers are shown.
  bool texts_number = true, texts_instant = true, texts_truth = true, texts_id = true;

  void add(const Seen& other) noexcept;
};

/// `by_texts`: what the texts write is looked at too.
[[nodiscard]] Seen look_at(std::span<const Token> tokens, bool by_texts);

/// What a column of tokens is read as.
struct Reading {
  arrow::SourceKind kind = arrow::SourceKind::null;
  bool is_unsigned = false;
  bool takes_nested = false;  // objects and lists as their JSON texts
};
[[nodiscard]] bool fits(const Wanted& wanted, Type type);
/// Whether the choice needs to know what the texts write.
[[nodiscard]] bool needs_texts(const Wanted& wanted);
[[nodiscard]] Reading reading_of(const Seen& seen, const Wanted& wanted);

/// Values in a row of tokens, and those that are none of the column's kind.
struct ReadTokens {
  arrow::OwnValues values;
  std::int64_t mixed = 0;
  std::int64_t first_mixed = -1;
  std::string example;
  std::int64_t bad_instant = -1;  // the first text that is no instant where nothing else is wanted
};
[[nodiscard]] ReadTokens read_tokens(std::span<const Token> tokens, const Reading& reading, const Wanted& wanted);

/// The values of neighbouring rows as one; all but the last have a multiple of 8 rows.
[[nodiscard]] arrow::OwnValues join(std::vector<arrow::OwnValues> parts);

/// What a token says, for messages and texts.
[[nodiscard]] std::string shown(const Token& token);

}  // namespace customerhealth::source
