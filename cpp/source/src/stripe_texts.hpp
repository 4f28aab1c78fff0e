#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "customerhealth/arrow/table.hpp"
#include "customerhealth/common/buffer.hpp"
#include "customerhealth/common/hash_codes.hpp"
#include "customerhealth/common/text_pool.hpp"

namespace customerhealth::source {

/// A row of a stripe with a cell that cannot be used, and why.
struct BadCell {
  std::int64_t row = 0;  // of the stripe
  std::string column, words;
  std::string words_if_none_fits = {};  // in place of `words` where no cell of the column fits
};

/// The distinct texts of some rows, borrowed from their chunks.
class StripeTexts final : public Texts {
 public:
  [[nodiscard]] std::int32_t size() const noexcept override { return codes_.size(); }
  [[nodiscard]] std::string_view text(TextCode code) const noexcept override { return codes_.key(code.get()); }
  [[nodiscard]] TextCode find(std::string_view text) const noexcept override {
    return TextCode{codes_.find(text, hash_of(text))};
  }
  /// The code of each text of a chunk. What is no UTF-8 is missing; its first row is told.
  [[nodiscard]] Buffer<TextCode> encode(const arrow::ColumnChunk& chunk, std::optional<std::int64_t>& bad_row);

 private:
  [[nodiscard]] TextCode intern(std::string_view text);
  [[nodiscard]] Buffer<TextCode> encode_dictionary(const arrow::ColumnChunk& chunk);

  HashCodes<std::string_view> codes_;
  std::vector<std::uint8_t> is_utf8_;  // beside the codes
};

}  // namespace customerhealth::source
