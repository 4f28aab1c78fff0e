#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
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

}  // namespace customerhealth::panel
