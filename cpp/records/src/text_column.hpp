#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "customerhealth/arrow/result.hpp"

namespace customerhealth::records {

/// A column of texts that grows row by row.
class TextColumn {
 public:
  /// Where a text is written to before `add` ends it.
  [[nodiscard]] std::string& bytes() noexcept { return bytes_; }
  [[nodiscard]] std::size_t rows() const noexcept { return valid_.size(); }

  void add() { end(true); }
  void add_null() { end(false), ++nulls_; }

  /// The first rows so far; the next ones begin a new column.
  [[nodiscard]] arrow::ResultColumn take(std::string name, std::size_t rows) {
    while (valid_.size() > rows) nulls_ -= valid_.back() == 0 ? 1 : 0, valid_.pop_back(), offsets_.pop_back();
    struct Owned {
      std::string bytes;
      std::vector<std::int32_t> offsets;
      std::vector<std::uint8_t> valid;
    };
    auto owned = std::make_shared<Owned>(Owned{std::move(bytes_), std::move(offsets_), {}});
    arrow::ResultColumn column;
    if (nulls_ > 0) {
      owned->valid = arrow::make_bitmap(valid_.size(), [&](std::size_t i) { return valid_[i] != 0; });
      column.valid = owned->valid.data();
    }
    column.name = std::move(name);
    column.kind = arrow::ResultColumn::Kind::text;
    column.data = owned->bytes.data();
    column.offsets = owned->offsets.data();
    column.null_count = nulls_;
    column.owner = std::move(owned);
    *this = {};
    return column;
  }

 private:
  void end(bool is_there) {
    offsets_.push_back(static_cast<std::int32_t>(bytes_.size()));
    valid_.push_back(is_there ? 1 : 0);
  }

  std::string bytes_;
  std::vector<std::int32_t> offsets_{0};
  std::vector<std::uint8_t> valid_;
  std::int64_t nulls_ = 0;
};

}  // namespace customerhealth::records
