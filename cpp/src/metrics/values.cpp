#include "customerhealth/metrics/values.hpp"

#include <algorithm>
#include <limits>

namespace customerhealth {

std::span<const double> Values::numbers() {
  if (const auto* numbers = std::get_if<std::span<const double>>(&view())) return *numbers;
  if (numbers_.empty()) {
    numbers_.assign(rows_of(view()), std::numeric_limits<double>::quiet_NaN());
    if (const auto* integers = std::get_if<IntegerView>(&view())) {
      for (std::size_t i = 0; i < numbers_.size(); ++i) numbers_[i] = integers->number(i);
    } else if (const auto* truths = std::get_if<std::span<const Truth>>(&view())) {
      for (std::size_t i = 0; i < numbers_.size(); ++i) {
        if ((*truths)[i] != Truth::missing) numbers_[i] = (*truths)[i] == Truth::yes ? 1.0 : 0.0;
      }
    }
  }
  return numbers_;
}

const Identities& Values::identities() {
  if (!identities_) identities_ = identities_of(view());
  return *identities_;
}

std::span<const std::uint8_t> Values::present() {
  if (!present_) {
    present_.emplace();
    const std::size_t rows = rows_of(view());
    std::size_t i = 0;
    while (i < rows && has(i)) ++i;
    if (i < rows) {
      present_->resize(rows);
      for (i = 0; i < rows; ++i) (*present_)[i] = has(i) ? 1 : 0;
    }
  }
  return *present_;
}

}  // namespace customerhealth
