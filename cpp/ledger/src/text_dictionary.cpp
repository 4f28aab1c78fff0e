#include "customerhealth/ledger/text_dictionary.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "customerhealth/common/errors.hpp"

namespace customerhealth::ledger {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{1} << 18;

}  // namespace

std::int32_t TextDictionary::size() const noexcept {
  const std::shared_lock lock{mutex_};
  return codes_.size();
}

std::string_view TextDictionary::text(TextCode code) const noexcept { return codes_.key(code.get()); }

TextCode TextDictionary::find(std::string_view text) const noexcept {
  const std::shared_lock lock{mutex_};
  return TextCode{codes_.find(text, hash_of(text))};
}

TextCode TextDictionary::intern(std::string_view text, std::uint64_t hash) {
  const std::scoped_lock lock{mutex_};
  return TextCode{codes_.find_or_add(text, hash, [this](std::string_view given) { return keep(given); })};
}

void TextDictionary::adopt(std::span<const std::string_view> texts, std::shared_ptr<const void> owner) {
  const std::scoped_lock lock{mutex_};
  adopted_ = std::move(owner);
  for (const std::string_view text : texts) {
    const std::int32_t next = codes_.size();
    if (codes_.find_or_add(text, hash_of(text), [](std::string_view kept) { return kept; }) != next) {
      throw Error{"a text is there twice: '" + std::string{text} + "'"};
    }
  }
}

void TextDictionary::sort(TextDictionary& dictionary, std::span<const std::int32_t> order) {
  const std::scoped_lock lock{dictionary.mutex_};
  HashCodes<std::string_view> sorted;
  for (const std::int32_t old : order) {
    const std::string_view text = dictionary.codes_.key(old);
    sorted.find_or_add(text, hash_of(text), [](std::string_view kept) { return kept; });
  }
  dictionary.codes_ = std::move(sorted);
}

std::string_view TextDictionary::keep(std::string_view text) {
  if (text.size() > block_left_) {
    block_left_ = std::max(kBlockBytes, text.size());
    blocks_.push_back(std::make_unique<char[]>(block_left_));
    block_at_ = blocks_.back().get();
  }
  if (!text.empty()) std::memcpy(block_at_, text.data(), text.size());
  const std::string_view kept{block_at_, text.size()};
  block_at_ += text.size();
  block_left_ -= text.size();
  return kept;
}

}  // namespace customerhealth::ledger
