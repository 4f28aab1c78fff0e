#include <gtest/gtest.h>

#include <random>
#include <string>

#include "entry_tree.hpp"

namespace customerhealth::metrics {
namespace {

/// Texts are joined in their order, whatever came first.
struct Word {
  std::string text;
  static Word joined(const Word& left, const Word& right) { return {left.text + right.text}; }
};

TEST(EntryTree, joins_what_is_there_from_left_to_right) {
  std::mt19937_64 random{81};
  EntryTree<Word> tree;
  for (const std::size_t leaves : {0U, 1U, 2U, 7U, 8U, 9U, 20U}) {
    tree.clear(leaves);
    std::vector<std::string> there(leaves);
    EXPECT_EQ(tree.all().text, "");
    for (int step = 0; leaves > 0 && step < 60; ++step) {
      const std::size_t at = random() % leaves;
      there[at] = there[at].empty() ? std::string(1, static_cast<char>('a' + at)) : "";
      tree.set(at, {there[at]});
      std::string expected;
      for (const std::string& word : there) expected += word;
      EXPECT_EQ(tree.all().text, expected);
      EXPECT_EQ(tree.leaf(at).text, there[at]);
    }
  }
}

}  // namespace
}  // namespace customerhealth::metrics
