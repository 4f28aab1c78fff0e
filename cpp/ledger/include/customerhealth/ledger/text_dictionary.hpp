#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <string_view>
#include <vector>

#include "customerhealth/common/hash_codes.hpp"
#include "customerhealth/common/text_pool.hpp"

namespace customerhealth::ledger {

/// The distinct texts of a portfolio. Only ever grows: codes stay, and texts do not move, so scorings under way read
/// on while an append adds to it. One thread at a time may add.
class TextDictionary final : public Texts {
 public:
  [[nodiscard]] std::int32_t size() const noexcept override;
  [[nodiscard]] std::string_view text(TextCode code) const noexcept override;
  [[nodiscard]] TextCode find(std::string_view text) const noexcept override;
  TextCode intern(std::string_view text, std::uint64_t hash);
  TextCode intern(std::string_view text) { return intern(text, hash_of(text)); }
  /// The first texts of an empty dictionary, which lie in memory that `owner` keeps. Throws Error where one is there
  /// twice.
  void adopt(std::span<const std::string_view> texts, std::shared_ptr<const void> owner);
  /// Numbers the texts anew: `order[i]` is the old code of the text that becomes i. For use before anyone reads.
  static void sort(TextDictionary& dictionary, std::span<const std::int32_t> order);

 private:
  std::string_view keep(std::string_view text);

  mutable std::shared_mutex mutex_;
  HashCodes<std::string_view> codes_;
  std::vector<std::unique_ptr<char[]>> blocks_;
  std::size_t block_left_ = 0;
  char* block_at_ = nullptr;
  std::shared_ptr<const void> adopted_;
};

}  // namespace customerhealth::ledger
