#include "stripe_texts.hpp"

#include "customerhealth/common/utf8.hpp"

namespace customerhealth::source {

TextCode StripeTexts::intern(std::string_view text) {
  if (text.data() == nullptr) return TextCode{-1};
  const std::int32_t code = codes_.find_or_add(text, hash_of(text), [](std::string_view key) { return key; });
  if (static_cast<std::size_t>(code) == is_utf8_.size()) {
    is_utf8_.push_back(find_not_utf8(text) == std::string_view::npos ? 1 : 0);
  }
  return TextCode{code};
}

Buffer<TextCode> StripeTexts::encode_dictionary(const arrow::ColumnChunk& chunk) {
  std::vector<std::string_view> texts(static_cast<std::size_t>(chunk.dictionary_size()));
  chunk.dictionary_texts(texts);
  std::vector<std::int32_t> indices(static_cast<std::size_t>(chunk.rows()));
  chunk.dictionary_indices(0, indices);
  constexpr std::int32_t kUnknown = -2;
  std::vector<std::int32_t> codes(texts.size(), kUnknown);
  Buffer<TextCode> out(indices.size());
  for (std::size_t i = 0; i < indices.size(); ++i) {
    out[i] = TextCode{-1};
    if (indices[i] < 0) continue;
    const auto index = static_cast<std::size_t>(indices[i]);
    if (codes[index] == kUnknown) codes[index] = intern(texts[index]).get();
    out[i] = TextCode{codes[index]};
  }
  return out;
}

Buffer<TextCode> StripeTexts::encode(const arrow::ColumnChunk& chunk, std::optional<std::int64_t>& bad_row) {
  Buffer<TextCode> out;
  if (chunk.is_dictionary() && chunk.dictionary_size() <= chunk.rows()) {
    out = encode_dictionary(chunk);
  } else {
    std::vector<std::string_view> texts(static_cast<std::size_t>(chunk.rows()));
    chunk.texts(0, texts);
    out = Buffer<TextCode>(texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) out[i] = intern(texts[i]);
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (out[i].is_missing() || is_utf8_[static_cast<std::size_t>(out[i].get())] != 0) continue;
    bad_row = static_cast<std::int64_t>(i);
    break;
  }
  return out;
}

}  // namespace customerhealth::source
