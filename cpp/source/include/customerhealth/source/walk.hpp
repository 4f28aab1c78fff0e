#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "customerhealth/arrow/table.hpp"
#include "customerhealth/common/buffer.hpp"
#include "customerhealth/common/column.hpp"
#include "customerhealth/common/parallel.hpp"

namespace customerhealth::model {
struct EachSpec;
}

namespace customerhealth::source {

/// A column that is wanted of a source.
struct Wanted {
  std::string name;
  /// What it may be, where its values are JSON, in which a number, a text, true and false tell themselves apart. All of
  /// one kind that fits are that; else they are read as what fits: numbers as their digits, texts as the numbers that
  /// they write. Empty: anything.
  std::vector<Type> types;
  /// It names accounts or rows: numbers among texts are texts, and no integer loses a digit.
  bool is_name = false;
  /// Names of accounts: what the ids that are known are. Nothing: not known.
  std::optional<bool> integer_ids = {};
  /// The model's `types` says it, so that values of other types become what is wanted.
  bool is_settled = false;
};

/// Rows in which JSON texts hold no value that can be used.
struct Lapse {
  enum class Kind : std::uint8_t {
    no_json,      // the cell is no JSON text: what paths lead to is missing
    mixed_types,  // what stands there is no value of the column's type, or nothing that the path could go on into
    no_list,      // of a column whose elements are rows: the cell is no list, and makes none
  };
  Kind kind = Kind::no_json;
  std::string column;  // the path; of `no_json` the column that holds the texts
  std::int64_t rows = 0;
  std::int64_t first_row = -1;
  std::string example;
};

struct Walked {
  arrow::ArrowTable table;  // with the paths as columns of their full names
  std::vector<Lapse> lapses;
  Buffer<std::int64_t> places = {};  // of each row in the table as given; empty: all rows, as they lie
};

/// Reads the columns that are wanted, that the table lacks and that are paths into one that it has: into structs, maps,
/// lists and JSON text, in any mixture. Names that are no such path are left to whoever looks for them. A column that
/// the table has is never walked into by its own name. Throws DataError for a path that cannot be read, or that no
/// value of the types on its way could have; `table` is the name of the table. With `each` there is a row for each
/// element of that column, which holds it, and the table has no columns but those that are wanted. Runs in parallel
/// inside `run`.
[[nodiscard]] Walked walk(const arrow::ArrowTable& source, const std::string& table, std::span<const Wanted> wanted,
                          Watch& watch, const model::EachSpec* each = nullptr);

}  // namespace customerhealth::source
