#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <string>

#include "../fuzz/json_target.hpp"

namespace customerhealth::source {
namespace {

/// The fuzzer's corpus by file name.
std::map<std::string, std::string> corpus() {
  std::map<std::string, std::string> out;
  const std::filesystem::path folder = std::filesystem::path{CUSTOMERHEALTH_TEST_DATA} / ".." / "fuzz/corpus/json";
  for (const auto& entry : std::filesystem::directory_iterator{folder}) {
    std::ifstream file{entry.path(), std::ios::binary};
    out[entry.path().filename().string()] = {std::istreambuf_iterator<char>{file}, {}};
  }
  return out;
}

TEST(JsonCorpus, is_there) { EXPECT_GE(corpus().size(), 4U); }

TEST(JsonCorpus, breaks_nothing) {
  for (const auto& [name, text] : corpus()) {
    SCOPED_TRACE(name);
    json_target::run(text);
  }
}

TEST(JsonCorpus, breaks_nothing_when_cut_short) {
  for (const auto& [name, text] : corpus()) {
    SCOPED_TRACE(name);
    for (std::size_t length = 0; length < std::min<std::size_t>(text.size(), 500); ++length) {
      json_target::run(std::string_view{text}.substr(0, length));
    }
  }
}

TEST(JsonCorpus, breaks_nothing_when_spliced) {
  std::vector<std::string> texts;
  for (const auto& [name, text] : corpus()) texts.push_back(text.substr(0, 500));
  std::mt19937_64 random{20260131};  // NOLINT(cert-msc51-cpp): the same splices every time
  const auto below = [&random](std::size_t limit) { return static_cast<std::size_t>(random() % (limit + 1)); };
  for (int i = 0; i < 1'000; ++i) {
    const std::string& a = texts[below(texts.size() - 1)];
    const std::string& b = texts[below(texts.size() - 1)];
    std::string mixed = a.substr(0, below(a.size())) + b.substr(below(b.size()));
    if (!mixed.empty() && i % 3 == 0) mixed[below(mixed.size() - 1)] = static_cast<char>(random() % 256);
    json_target::run(mixed);
  }
}

}  // namespace
}  // namespace customerhealth::source
