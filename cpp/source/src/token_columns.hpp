#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "customerhealth/arrow/table.hpp"
#include "customerhealth/common/parallel.hpp"
#include "customerhealth/source/path.hpp"
#include "customerhealth/source/prepared.hpp"
#include "customerhealth/source/walk.hpp"

namespace customerhealth::source {

/// A column that is read out of cells.
struct Leaf {
  const Wanted* wanted = nullptr;
  std::vector<Step> steps = {};  // into the JSON texts of the cells
  bool trims = false;            // texts lose their outer blanks
};

/// Columns that are read out of the same cells, value by value.
struct Group {
  enum class Cells : std::uint8_t {
    json,    // JSON texts
    values,  // what the cells hold themselves, which is of another type than is wanted
  };
  Cells cells = Cells::json;
  std::string column;  // what the cells are called
  std::vector<Leaf> leaves = {};
};

/// Rows that were counted, the first of them, and what it holds.
struct Count {
  std::int64_t rows = 0, first_row = -1;
  std::string example = {};

  void add(const Count& later);
};

inline constexpr std::int64_t kRowsOfTask = 1 << 14;  // of texts
static_assert(kRowsOfTask % 8 == 0);                  // whole bytes of bitmaps
inline constexpr std::size_t kMostOfText = 40;        // bytes of a text in messages

/// Where a piece of a chunk lies.
struct Block {
  std::size_t chunk = 0;
  std::int64_t begin = 0, rows = 0;  // in the chunk
  std::int64_t first_row = 0;        // over all chunks
};
[[nodiscard]] std::vector<Block> blocks_of(std::span<const arrow::ColumnChunk> chunks);

/// Reads the columns of a group. What JSON holds and a column cannot is missing, and a lapse; a value of a cell itself
/// that its column cannot hold is a DataError. `numbers` says what rows are called.
void read_group(const Group& group, const std::string& table, const std::vector<arrow::ColumnChunk>& cells,
                const RowNumbers& numbers, Watch& watch, std::vector<arrow::MadeColumn>& columns,
                std::vector<Lapse>& lapses);

}  // namespace customerhealth::source
