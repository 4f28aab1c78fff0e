#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "customerhealth/arrow/result.hpp"
#include "customerhealth/common/length.hpp"

// What a result table holds, in forms that a test can compare.
namespace customerhealth::results {

inline bool has(const arrow::ResultColumn& column, std::int64_t row) {
  return column.valid == nullptr || (column.valid[row / 8] >> (row % 8) & 1) != 0;
}

template <class T>
T at(const void* data, std::int64_t row) {
  return static_cast<const T*>(data)[row];
}

inline std::string text_at(const arrow::ResultColumn& column, std::int64_t row) {
  const auto offset = [&](std::int64_t i) {
    return column.large_offsets ? at<std::int64_t>(column.offsets, i) : at<std::int32_t>(column.offsets, i);
  };
  return {static_cast<const char*>(column.data) + offset(row), static_cast<std::size_t>(offset(row + 1) - offset(row))};
}

/// Null: "-".
inline std::string cell(const arrow::ResultColumn& column, std::int64_t row) {
  using Kind = arrow::ResultColumn::Kind;
  if (!has(column, row)) return "-";
  switch (column.kind) {
    case arrow::ResultColumn::Kind::decimal:
      throw std::logic_error{"no decimal was expected"};
    case Kind::number: {
      std::string text = std::to_string(at<double>(column.data, row));
      text.erase(text.find_last_not_of('0') + 1);
      if (text.back() == '.') text.pop_back();
      return text;
    }
    case Kind::integer:
      return std::to_string(at<std::int64_t>(column.data, row));
    case Kind::instant:
      return to_string(Instant{Micros{at<std::int64_t>(column.data, row)}});
    case Kind::text:
      return text_at(column, row);
    case Kind::category:
      return column.categories->at(static_cast<std::size_t>(at<std::int32_t>(column.data, row)));
    case Kind::boolean:
      return (at<std::uint8_t>(column.data, row / 8) >> (row % 8) & 1) != 0 ? "yes" : "no";
  }
  return "";
}

/// Each row as its cells with a blank between.
inline std::vector<std::string> lines(const arrow::ResultTable& table) {
  std::vector<std::string> out;
  for (const arrow::ResultTable::Batch& batch : table.batches) {
    for (std::int64_t row = 0; row < batch.rows; ++row) {
      std::string& line = out.emplace_back();
      for (const arrow::ResultColumn& column : batch.columns) line += (line.empty() ? "" : " ") + cell(column, row);
    }
  }
  return out;
}

inline std::vector<std::string> names(const arrow::ResultTable& table) {
  std::vector<std::string> out;
  for (const arrow::ResultColumn& column : table.batches.front().columns) out.push_back(column.name);
  return out;
}

/// Every byte that a consumer would be handed.
inline std::string bytes(const arrow::ResultTable& table) {
  using Kind = arrow::ResultColumn::Kind;
  std::string out;
  const auto append = [&](const void* data, std::int64_t size) {
    if (size > 0) out.append(static_cast<const char*>(data), static_cast<std::size_t>(size));
  };
  for (const auto& [key, value] : table.metadata) out += key + "=" + value + "\n";
  for (const arrow::ResultTable::Batch& batch : table.batches) {
    const std::int64_t rows = batch.rows;
    for (const arrow::ResultColumn& column : batch.columns) {
      out += "\n" + column.name + " " + std::to_string(static_cast<int>(column.kind)) + " " + std::to_string(rows) +
             " " + std::to_string(column.null_count) + "\n";
      const std::int64_t bitmap = (rows + 7) / 8;
      if (column.kind == Kind::text) {
        for (std::int64_t row = 0; row < rows; ++row) out += text_at(column, row) + '\0';
      } else {
        append(column.data, column.kind == Kind::boolean    ? bitmap
                            : column.kind == Kind::category ? 4 * rows
                                                            : 8 * rows);
      }
      if (column.valid != nullptr) append(column.valid, bitmap);
      if (column.categories) {
        for (const std::string& category : *column.categories) out += category + '\0';
      }
    }
  }
  return out;
}

}  // namespace customerhealth::results
