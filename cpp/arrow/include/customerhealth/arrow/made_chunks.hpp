#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "customerhealth/arrow/table.hpp"
#include "customerhealth/common/buffer.hpp"
#include "customerhealth/common/column.hpp"
#include "customerhealth/common/instant.hpp"

/// Chunks of values that no producer gave: what a table is made of beside those of its source.
namespace customerhealth::arrow {

[[nodiscard]] ColumnChunk null_chunk(std::int64_t rows);
[[nodiscard]] ColumnChunk number_chunk(Buffer<double> values);  // NaN: missing
[[nodiscard]] ColumnChunk integer_chunk(Buffer<std::int64_t> values, std::span<const std::uint8_t> valid);
[[nodiscard]] ColumnChunk truth_chunk(std::span<const Truth> values);
/// `step`: from an instant of the column to the next one that it can tell apart.
[[nodiscard]] ColumnChunk instant_chunk(Buffer<Instant> values, Micros step = Micros{1});
/// A dictionary and each row's index into it (-1: missing). `owner` keeps the bytes of the texts alive.
[[nodiscard]] ColumnChunk text_chunk(Buffer<std::int32_t> indices, std::vector<std::string_view> texts,
                                     std::shared_ptr<const void> owner);

}  // namespace customerhealth::arrow
