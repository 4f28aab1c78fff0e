#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "customerhealth/arrow/result.hpp"

/// JSON text as columns: an object a row, of which only the members that are wanted are kept.
namespace customerhealth::records {

/// What a value of JSON is; null is none.
enum class JsonKind : std::uint8_t { text, integer, real, boolean, object, list };
inline constexpr std::size_t kJsonKinds = 6;

struct JsonRequest {
  std::vector<std::string> columns;                           // the members that are wanted
  std::vector<std::variant<std::string, std::int64_t>> rows;  // the way to the list of rows; empty: the document is it
  std::string rows_text;                                      // the same as it is written, which may be a name
  bool lines = false;                                         // every line is an object, and ends it
};

/// Why a text cannot be read; from 1, the column in characters.
struct JsonFault {
  std::int64_t line = 0, column = 0;
  std::string words;
  bool of_path = false;  // `rows` leads nowhere
};

struct JsonColumn {
  bool seen = false;                                                       // any object has the member
  std::array<std::int64_t, kJsonKinds> first_row{-1, -1, -1, -1, -1, -1};  // of each kind; -1: none
};

struct JsonTable {
  /// `line`, where each row begins (from 1), and a text for each wanted column: what a text says, of everything else
  /// the JSON as it stands there; null where there is nothing.
  std::shared_ptr<const arrow::ResultTable> table;
  std::vector<JsonColumn> columns;  // beside the wanted ones
  std::vector<std::string> names;   // of all members of rows, in the order in which they come
  std::int64_t rows = 0;
  std::int64_t lines = 0;    // that the text has
  std::int64_t objects = 0;  // rows that stand in no list
  std::optional<JsonFault> fault;
};

/// Reads a text in UTF-8. One or many documents follow each other: lists of objects, objects, or what `rows` finds in
/// each. Everything is checked to be JSON, what is not wanted too, but only what is wanted to be UTF-8. NaN, which
/// pandas writes for a missing number, is null.
[[nodiscard]] JsonTable slice_json(std::string_view text, const JsonRequest& request);

}  // namespace customerhealth::records
