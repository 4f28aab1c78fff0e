#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "customerhealth/arrow/table.hpp"
#include "customerhealth/common/buffer.hpp"
#include "customerhealth/model/source_spec.hpp"

/// How cells of a source become instants: counts since 1970, patterns, ISO texts, clocks of zones.
namespace customerhealth::source {

/// The rows of a chunk as instants.
struct Converted {
  Buffer<Instant> values;
  Micros step{1};                         // from one that the source can tell apart to the next
  std::vector<std::int64_t> bad;          // rows with a cell that does not fit, ascending; they are missing
  std::int64_t fitting = 0;               // how many cells do
  std::vector<Zone::Standing> standings;  // of each row; empty: no time of the source is on the clock of a zone
};

/// Whether a column of that kind can be read so.
[[nodiscard]] bool can_convert(arrow::SourceKind kind) noexcept;

[[nodiscard]] Converted convert(const arrow::ColumnChunk& chunk, const model::InstantFormat& format);

/// Why a cell does not fit; `none_fits`: no cell of the column does, and this is the first.
[[nodiscard]] std::string words_for(const arrow::ColumnChunk& chunk, std::int64_t row,
                                    const model::InstantFormat& format, bool none_fits);

/// The first instant after the day, on the clocks of the zone, that each instant lies in. What never ends stays.
[[nodiscard]] arrow::ColumnChunk after_days(const arrow::ColumnChunk& chunk, const Zone& zone);

}  // namespace customerhealth::source
