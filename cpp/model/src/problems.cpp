#include "problems.hpp"

#include <algorithm>

namespace customerhealth::model {
namespace {

constexpr std::size_t kLongestKey = 80;  // bytes of a key in a path

bool is_plain(char c) noexcept {
  return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || ('0' <= c && c <= '9') || c == '_' || c == '$';
}

std::string_view clipped(std::string_view key) {
  if (key.size() <= kLongestKey) return key;
  std::size_t end = kLongestKey;
  while (end > 0 && (static_cast<unsigned char>(key[end]) & 0xC0U) == 0x80U) --end;
  return key.substr(0, end);
}

}  // namespace

std::string path_to(const std::string& path, std::string_view key) {
  const std::string_view shown = clipped(key);
  const std::string dots = shown.size() < key.size() ? "..." : "";
  if (key.empty() || !std::ranges::all_of(shown, is_plain)) return path + "[" + json_quoted(shown) + dots + "]";
  return path + (path.empty() ? "" : ".") + std::string{shown} + dots;
}

std::string path_to(const std::string& path, std::size_t index) { return path + "[" + std::to_string(index) + "]"; }

std::string alternatives(const std::vector<std::string>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? " or " : ", ";
    out += "'" + words[i] + "'";
  }
  return out;
}

}  // namespace customerhealth::model
