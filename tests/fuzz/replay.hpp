#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

/// The corpora of the fuzzers, replayed on machines without Clang.
namespace customerhealth::replay {

/// By file name; `target` is the folder of one fuzzer's.
inline std::map<std::string, std::string> corpus(std::string_view target) {
  std::map<std::string, std::string> out;
  const std::filesystem::path data{CUSTOMERHEALTH_TEST_DATA};
  for (const auto& entry : std::filesystem::directory_iterator{data / ".." / "fuzz" / "corpus" / target}) {
    std::ifstream file{entry.path(), std::ios::binary};
    out[entry.path().filename().string()] = std::string{std::istreambuf_iterator<char>{file}, {}};
  }
  return out;
}

constexpr std::size_t kLongest = 500;  // characters that are cut short or spliced

inline void whole(std::string_view target, void (*run)(std::string_view)) {
  for (const auto& [name, text] : corpus(target)) {
    SCOPED_TRACE(name);
    run(text);
  }
}

inline void cut_short(std::string_view target, void (*run)(std::string_view)) {
  for (const auto& [name, text] : corpus(target)) {
    SCOPED_TRACE(name);
    for (std::size_t length = 0; length < std::min(text.size(), kLongest); ++length) {
      run(std::string_view{text}.substr(0, length));
    }
  }
}

/// The beginning of one with the end of another, a third of them with a byte changed.
inline void spliced(std::string_view target, void (*run)(std::string_view)) {
  std::vector<std::string> texts;
  for (const auto& [name, text] : corpus(target)) texts.push_back(text.substr(0, kLongest));
  std::mt19937_64 random{20260131};  // NOLINT(cert-msc51-cpp): the same splices every time
  const auto below = [&random](std::size_t limit) { return static_cast<std::size_t>(random() % (limit + 1)); };
  for (int i = 0; i < 1'000; ++i) {
    const std::string& a = texts[below(texts.size() - 1)];
    const std::string& b = texts[below(texts.size() - 1)];
    std::string mixed = a.substr(0, below(a.size())) + b.substr(below(b.size()));
    if (!mixed.empty() && i % 3 == 0) mixed[below(mixed.size() - 1)] = static_cast<char>(random() % 256);
    run(mixed);
  }
}

}  // namespace customerhealth::replay
