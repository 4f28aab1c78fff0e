#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "customerhealth/common/hash_codes.hpp"

namespace customerhealth {
namespace {

constexpr auto kKeep = [](const auto& key) { return key; };

TEST(HashCodes, number_keys_in_the_order_of_their_first_appearance) {
  std::mt19937_64 random{3};
  std::uniform_int_distribution<std::int64_t> few{-20'000, 20'000};
  HashCodes<std::int64_t> codes;
  std::map<std::int64_t, std::int32_t> expected;
  for (int i = 0; i < 50'000; ++i) {  // grows several times
    const std::int64_t key = few(random) * 1'000'003;
    const auto [at, is_new] = expected.try_emplace(key, static_cast<std::int32_t>(expected.size()));
    EXPECT_EQ(codes.find(key, hash_of(key)), is_new ? -1 : at->second);
    EXPECT_EQ(codes.find_or_add(key, hash_of(key), kKeep), at->second);
  }
  ASSERT_EQ(codes.size(), static_cast<std::int32_t>(expected.size()));
  for (const auto& [key, code] : expected) EXPECT_EQ(codes.key(code), key);
}

TEST(HashCodes, tell_keys_apart_that_share_a_hash) {
  HashCodes<std::int64_t> codes;
  for (std::int64_t key = 0; key < 100; ++key) EXPECT_EQ(codes.find_or_add(key, 42, kKeep), key);
  for (std::int64_t key = 0; key < 100; ++key) EXPECT_EQ(codes.find(key, 42), key);
  EXPECT_EQ(codes.find(100, 42), -1);
}

TEST(HashCodes, keep_extreme_integers) {
  HashCodes<std::int64_t> codes;
  const std::int64_t least = std::numeric_limits<std::int64_t>::min(), most = std::numeric_limits<std::int64_t>::max();
  for (const std::int64_t key : {least, most, std::int64_t{0}, std::int64_t{-1}}) {
    codes.find_or_add(key, hash_of(key), kKeep);
  }
  EXPECT_EQ(codes.find(most, hash_of(most)), 1);
  EXPECT_EQ(codes.find(-1, hash_of(std::int64_t{-1})), 3);
}

TEST(HashOf, sees_every_byte_and_the_length_of_a_text) {
  const std::string base = "abcdefghijklmnopqrstuvwxyz";
  std::set<std::uint64_t> hashes;
  std::size_t made = 0;
  for (std::size_t length = 0; length <= base.size(); ++length) {
    std::string text = base.substr(0, length);
    hashes.insert(hash_of(std::string_view{text})), ++made;
    text.push_back('\0');  // a byte of nothing is a byte
    hashes.insert(hash_of(std::string_view{text})), ++made;
    for (std::size_t i = 0; i < length; ++i) {
      std::string other = base.substr(0, length);
      other[i] = '!';
      hashes.insert(hash_of(std::string_view{other})), ++made;
    }
  }
  EXPECT_EQ(hashes.size(), made);
}

TEST(HashOf, takes_the_empty_text_without_memory) {
  EXPECT_EQ(hash_of(std::string_view{}), hash_of(std::string_view{""}));
}

/// A text of every length up to 40, and for each of its bytes one that differs there.
std::vector<std::string> near_texts() {
  std::vector<std::string> all;
  for (std::size_t length = 0; length <= 40; ++length) {
    const std::string plain(length, 'x');
    all.push_back(plain);
    for (std::size_t at = 0; at < length; ++at) {
      all.push_back(plain);
      all.back()[at] = static_cast<char>(0x80 + at);
    }
  }
  return all;
}

TEST(HashOf, reads_no_byte_beyond_a_text) {
  for (const std::string& text : near_texts()) {
    const std::vector<char> exact{text.begin(), text.end()};  // what is beyond is nobody's: sanitizers see it
    EXPECT_EQ(hash_of(std::string_view{exact.data(), exact.size()}), hash_of(std::string_view{text}));
  }
}

TEST(SameKey, tells_texts_apart_that_differ_in_a_byte_anywhere) {
  const auto all = near_texts();
  for (const std::string& a : all) {
    for (const std::string& b : all) {
      if (a.size() + 1 < b.size() || b.size() + 1 < a.size()) continue;
      const std::vector<char> left{a.begin(), a.end()}, right{b.begin(), b.end()};
      EXPECT_EQ(same_key(std::string_view{left.data(), left.size()}, std::string_view{right.data(), right.size()}),
                a == b)
          << a.size();
    }
  }
}

}  // namespace
}  // namespace customerhealth
