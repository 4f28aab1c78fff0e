#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "customerhealth/arrow/result.hpp"

namespace customerhealth::panel {

/// Texts as categories in the order in which they come.
class Words {
 public:
  void add(const std::optional<std::string>& word) {
    if (!word) return indices_.push_back(-1);
    const auto [place, added] = places_.try_emplace(*word, static_cast<std::int32_t>(words_.size()));
    if (added) words_.push_back(*word);
    indices_.push_back(place->second);
  }
  [[nodiscard]] arrow::ResultColumn column(std::string name) && {
    return arrow::category_column(std::move(name), std::move(indices_),
                                  std::make_shared<const std::vector<std::string>>(std::move(words_)));
  }

 private:
  std::unordered_map<std::string, std::int32_t> places_;
  std::vector<std::string> words_;
  std::vector<std::int32_t> indices_;
};

/// Texts, some of them missing, one behind the other: millions of them are let go at once.
class Lines {
 public:
  void add(std::string_view line) {
    memory_->bytes.append(line);
    memory_->ends.push_back(static_cast<std::int64_t>(memory_->bytes.size()));
    there_.push_back(1);
  }
  void add_missing() {
    memory_->ends.push_back(static_cast<std::int64_t>(memory_->bytes.size()));
    there_.push_back(0);
  }
  [[nodiscard]] arrow::ResultColumn column(std::string name) && {
    arrow::ResultColumn out;
    out.name = std::move(name);
    out.kind = arrow::ResultColumn::Kind::text;
    out.data = memory_->bytes.data();
    out.large_offsets = memory_->ends.back() > std::numeric_limits<std::int32_t>::max();
    if (!out.large_offsets) memory_->short_ends.assign(memory_->ends.begin(), memory_->ends.end());
    out.offsets = out.large_offsets ? static_cast<const void*>(memory_->ends.data()) : memory_->short_ends.data();
    out.null_count = std::ranges::count(there_, std::uint8_t{0});
    if (out.null_count > 0) {
      memory_->valid = arrow::make_bitmap(there_.size(), [&](std::size_t row) { return there_[row] != 0; });
      out.valid = memory_->valid.data();
    }
    out.owner = memory_;
    return out;
  }

 private:
  struct Memory {
    std::string bytes;
    std::vector<std::int64_t> ends{0};
    std::vector<std::int32_t> short_ends;
    std::vector<std::uint8_t> valid;  // a bitmap
  };
  std::shared_ptr<Memory> memory_ = std::make_shared<Memory>();
  std::vector<std::uint8_t> there_;
};

}  // namespace customerhealth::panel
