#include <gtest/gtest.h>

#include <random>
#include <string>

#include "../fuzz/arrow_target.hpp"
#include "../fuzz/replay.hpp"

namespace customerhealth::engine {
namespace {

TEST(ArrowCorpus, is_loaded_and_scored_or_refused_with_a_message) {
  ASSERT_GE(replay::corpus("arrow").size(), 20U);
  replay::whole("arrow", arrow_target::run);
}

/// A tiny fuzzer for machines without Clang.
TEST(ArrowCorpus, survives_being_mangled) {
  std::mt19937 random{20260701};
  for (const auto& [name, bytes] : replay::corpus("arrow")) {
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
