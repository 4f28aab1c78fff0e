#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <string>

#include "../fuzz/arrow_target.hpp"

namespace customerhealth::engine {
namespace {

/// The fuzzer's corpus by file name.
std::map<std::string, std::string> corpus() {
  std::map<std::string, std::string> out;
  const std::filesystem::path folder = std::filesystem::path{CUSTOMERHEALTH_TEST_DATA} / ".." / "fuzz/corpus/arrow";
  for (const auto& entry : std::filesystem::directory_iterator{folder}) {
    std::ifstream file{entry.path(), std::ios::binary};
    out[entry.path().filename().string()] = std::string{std::istreambuf_iterator<char>{file}, {}};
  }
  return out;
}

TEST(ArrowCorpus, is_loaded_and_scored_or_refused_with_a_message) {
  ASSERT_GE(corpus().size(), 20U);
  for (const auto& [name, bytes] : corpus()) {
    SCOPED_TRACE(name);
    arrow_target::run(bytes);
  }
}

/// A tiny fuzzer for machines without Clang.
TEST(ArrowCorpus, survives_being_mangled) {
  std::mt19937 random{20260701};
  for (const auto& [name, bytes] : corpus()) {
    SCOPED_TRACE(name);
    for (int round = 0; round < 60; ++round) {
      std::string mangled = bytes;
      for (std::size_t edits = 1 + random() % 5; edits > 0 && !mangled.empty(); --edits) {
        mangled[random() % mangled.size()] = static_cast<char>(random() % 256);
      }
      if (random() % 4 == 0) mangled.resize(random() % (mangled.size() + 1));
      arrow_target::run(mangled);
    }
  }
}

}  // namespace
}  // namespace customerhealth::engine
