#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "../fuzz/model_target.hpp"
#include "../fuzz/replay.hpp"
#include "model/documents.hpp"

namespace customerhealth::model {
namespace {

TEST(ModelCorpus, is_read_or_refused_with_a_message) {
  ASSERT_GE(replay::corpus("model").size(), 10U);
  replay::whole("model", model_target::run);
}

TEST(ModelCorpus, every_key_is_right) {
  for (const auto& [name, text] : replay::corpus("model")) {
    if (name == "every_key.json" || name == "whole.json") {
      EXPECT_EQ(problems_of(text), Lines{}) << name;
    }
  }
}

/// A tiny fuzzer for machines without Clang: pieces are dropped, doubled, swapped for others and bytes changed.
TEST(ModelCorpus, survives_being_mangled) {
  std::mt19937 random{20260701};
  const auto below = [&](std::size_t bound) { return random() % bound; };
  const std::vector<std::string> pieces{"1e999", "-1",   "null",  "true", "{}",
                                        "[]",    "\"\"", "\"x\"", "0.5",  "[[0,1],[1,2]]"};
  for (const auto& [name, text] : replay::corpus("model")) {
    if (text.size() < 20 || text.size() > 20'000) continue;
    for (int round = 0; round < 150; ++round) {
      std::string mangled = text;
      for (std::size_t edits = 1 + below(3); edits > 0 && !mangled.empty(); --edits) {
        const std::size_t at = below(mangled.size());
        switch (below(4)) {
          case 0:
            mangled.erase(at, 1 + below(8));
            break;
          case 1:
            mangled.insert(at, mangled.substr(below(mangled.size()), below(30)));
            break;
          case 2:
            mangled[at] = static_cast<char>(below(256));
            break;
          default: {  // another value after some colon
            const std::size_t colon = mangled.find(':', at);
            if (colon == std::string::npos) break;
            const std::size_t end = mangled.find_first_of(",}]\n", colon);
            mangled.replace(colon + 1, end == std::string::npos ? end : end - colon - 1, pieces[below(pieces.size())]);
          }
        }
      }
      SCOPED_TRACE(name + "\n" + mangled);
      model_target::run(mangled);
    }
  }
}

}  // namespace
}  // namespace customerhealth::model
