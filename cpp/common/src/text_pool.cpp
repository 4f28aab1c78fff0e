#include "customerhealth/common/text_pool.hpp"

#include <algorithm>
#include <limits>

#include "customerhealth/common/errors.hpp"

namespace customerhealth {
namespace {

bool is_upper(char c) noexcept { return 'A' <= c && c <= 'Z'; }

std::string lower_case(std::string_view text) {
  std::string out{text};
  for (char& c : out) c = is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

}  // namespace

std::int32_t TextOverlay::size() const noexcept { return base_size_ + static_cast<std::int32_t>(added_.size()); }

std::string_view TextOverlay::text(TextCode code) const noexcept {
  if (code.get() < base_size_) return base_->text(code);
  return added_[static_cast<std::size_t>(code.get() - base_size_)];
}

TextCode TextOverlay::find(std::string_view text) const noexcept {
  if (base_ != nullptr) {
    const TextCode code = base_->find(text);
    // A base that grew since gives codes that mean something else here.
    if (!code.is_missing() && code.get() < base_size_) return code;
  }
  const auto found = codes_.find(text);
  return found == codes_.end() ? TextCode{} : found->second;
}

TextCode TextOverlay::intern(std::string_view text) {
  if (const TextCode code = find(text); !code.is_missing()) return code;
  if (size() == std::numeric_limits<std::int32_t>::max()) throw Error{"more than 2,147,483,647 different texts"};
  const TextCode code{size()};
  codes_.emplace(added_.emplace_back(text), code);
  if (std::ranges::any_of(text, is_upper)) (void)intern(lower_case(text));
  return code;
}

}  // namespace customerhealth
