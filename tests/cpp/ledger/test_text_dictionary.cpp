#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "customerhealth/ledger/text_dictionary.hpp"

namespace customerhealth::ledger {
namespace {

TEST(TextDictionary, gives_equal_texts_one_code_and_owns_them) {
  TextDictionary dictionary;
  std::string red = "red";
  const TextCode code = dictionary.intern(red);
  red = "blu";
  EXPECT_EQ(dictionary.text(code), "red");
  EXPECT_EQ(dictionary.intern("red"), code);
  EXPECT_EQ(dictionary.find("red"), code);
  EXPECT_TRUE(dictionary.find("blu").is_missing());
  EXPECT_EQ(dictionary.size(), 1);
}

TEST(TextDictionary, never_moves_a_text) {
  TextDictionary dictionary;
  std::vector<const char*> places;
  for (int i = 0; i < 20'000; ++i) {
    places.push_back(dictionary.text(dictionary.intern("text number " + std::to_string(i))).data());
  }
  for (int i = 0; i < 20'000; ++i) {
    const std::string_view text = dictionary.text(TextCode{i});
    EXPECT_EQ(text.data(), places[static_cast<std::size_t>(i)]);
    EXPECT_EQ(text, "text number " + std::to_string(i));
  }
}

TEST(TextDictionary, takes_the_empty_text_first_and_texts_of_any_length) {
  TextDictionary dictionary;
  const TextCode empty = dictionary.intern("");
  const std::string long_text(1'000'000, 'x');
  const TextCode huge = dictionary.intern(long_text);
  const TextCode zeros = dictionary.intern(std::string_view{"\0\0", 2});
  for (int i = 0; i < 3000; ++i) dictionary.intern(std::to_string(i));  // has to grow, so hashes all again
  EXPECT_EQ(dictionary.text(empty), "");
  EXPECT_EQ(dictionary.find(""), empty);
  EXPECT_EQ(dictionary.find(long_text), huge);
  EXPECT_EQ(dictionary.find(std::string_view{"\0\0", 2}), zeros);
}

TEST(TextDictionary, numbers_its_texts_anew) {
  TextDictionary dictionary;
  for (const char* text : {"", "c", "a", "b"}) dictionary.intern(text);
  TextDictionary::sort(dictionary, std::vector<std::int32_t>{0, 2, 3, 1});
  EXPECT_EQ(dictionary.size(), 4);
  const char* expected[] = {"", "a", "b", "c"};
  for (std::int32_t i = 0; i < 4; ++i) {
    EXPECT_EQ(dictionary.text(TextCode{i}), expected[i]);
    EXPECT_EQ(dictionary.find(expected[i]), TextCode{i});
  }
  EXPECT_EQ(dictionary.intern("d"), TextCode{4});
}

TEST(TextDictionary, is_read_while_it_grows) {
  TextDictionary dictionary;
  const TextCode first = dictionary.intern("first");
  std::atomic<bool> is_done = false;
  std::thread reader{[&] {
    while (!is_done) {
      EXPECT_EQ(dictionary.text(first), "first");
      EXPECT_EQ(dictionary.find("first"), first);
    }
  }};
  for (int i = 0; i < 10'000; ++i) dictionary.intern(std::to_string(i));
  is_done = true;
  reader.join();
  EXPECT_EQ(dictionary.size(), 10'001);
}

}  // namespace
}  // namespace customerhealth::ledger
