#pragma once

#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "customerhealth/arrow/result.hpp"
#include "customerhealth/common/column.hpp"
#include "customerhealth/common/text_pool.hpp"

/// Values of the model's types as columns of a result.
namespace customerhealth::panel {

/// A text column: its distinct texts in the order of bytes, and each row's place among them. A score's grades and
/// a journey's stages keep the order of the model instead, all of them, so that a panel without a red account still
/// knows of red.
class Categories {
 public:
  Categories(std::span<const TextCode> codes, const Texts& texts);
  Categories(const std::vector<TextCode>& ordered, const Texts& texts);

  [[nodiscard]] arrow::ResultColumn column(std::string name, std::span<const TextCode> codes) &&;

 private:
  void number(const std::vector<TextCode>& ordered, const Texts& texts);

  std::unordered_map<std::int32_t, std::int32_t> places_;
  std::vector<std::string> names_;
};

[[nodiscard]] arrow::ResultColumn boolean_column(std::string name, std::span<const Truth> truths);

/// Nothing but nulls.
[[nodiscard]] arrow::ResultColumn missing_column(std::string name, Type type, std::size_t rows);

/// A copy; integers stay integers unless they need the 64th bit. `type`: of a column without a value.
[[nodiscard]] arrow::ResultColumn value_column(std::string name, const ColumnView& view, Type type, const Texts& texts);

}  // namespace customerhealth::panel
