#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "customerhealth/common/zone.hpp"

namespace customerhealth {
namespace {

constexpr std::array kZoneFolders{"/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo",
                                  "/etc/zoneinfo"};

/// A name that leads to a file below the folder, and nowhere else.
bool is_inside(const std::string& name) noexcept {
  const auto is_plain = [](char c) {
    return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || ('0' <= c && c <= '9') || c == '_' || c == '-' ||
           c == '+' || c == '/';
  };
  return !name.empty() && name.front() != '/' && std::ranges::all_of(name, is_plain);
}

class SystemZones final : public ZoneLibrary {
 public:
  [[nodiscard]] std::optional<std::string> read(const std::string& name) const override {
    if (!is_inside(name)) return std::nullopt;
    for (const char* folder : kZoneFolders) {
      const std::filesystem::path path = std::filesystem::path{folder} / name;
      std::error_code error;
      if (!std::filesystem::is_regular_file(path, error)) continue;
      std::ifstream file{path, std::ios::binary};
      std::string bytes{std::istreambuf_iterator<char>{file}, {}};
      if (file && bytes.starts_with("TZif")) return bytes;
    }
    return std::nullopt;
  }

  [[nodiscard]] std::vector<std::string> names() const override {
    std::vector<std::string> out;
    for (const char* folder : kZoneFolders) {
      std::error_code error;
      for (std::filesystem::recursive_directory_iterator it{folder, error}, end; !error && it != end;
           it.increment(error)) {
        if (it->is_regular_file(error)) out.push_back(it->path().lexically_relative(folder).generic_string());
      }
    }
    std::ranges::sort(out);
    return out;
  }
};

}  // namespace

const ZoneLibrary& system_zones() {
  static const SystemZones kZones;
  return kZones;
}

}  // namespace customerhealth
