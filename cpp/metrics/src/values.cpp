#include "values.hpp"

#include <algorithm>
#include <cmath>

#include "customerhealth/common/number.hpp"

namespace customerhealth::metrics {

std::span<const double> Values::numbers() {
  if (const auto* numbers = std::get_if<std::span<const double>>(&view())) return *numbers;
  if (numbers_.empty()) {
    numbers_.assign(rows_of(view()), kNan);
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

std::span<const std::uint64_t> Values::distinct_keys() {
  if (const auto* integers = std::get_if<IntegerView>(&view())) {  // their own bits serve as keys
    return {reinterpret_cast<const std::uint64_t*>(integers->values.data()), integers->values.size()};
  }
  const auto* numbers = std::get_if<std::span<const double>>(&view());
  if (numbers == nullptr) return identities().keys;
  if (!whole_) {
    whole_.emplace(numbers->size());
    constexpr double kMost = 0x1p53;
    bool all = true;
    for (std::size_t i = 0; i < numbers->size(); ++i) {
      const double value = (*numbers)[i];
      const double bounded = std::abs(value) < kMost ? value : 0.0;  // nobody reads the key of NaN
      const auto integer = static_cast<std::int64_t>(bounded);
      (*whole_)[i] = static_cast<std::uint64_t>(integer) + (std::uint64_t{1} << 63);  // keys ascend as the numbers do
      all &= static_cast<double>(integer) == value || std::isnan(value);
    }
    if (!all) whole_->clear();
  }
  return whole_->empty() ? std::span<const std::uint64_t>{identities().keys} : *whole_;
}

std::span<const std::int64_t> Values::order_keys() {
  if (order_keys_.empty()) {
    if (const auto* instants = std::get_if<std::span<const Instant>>(&view())) {
      for (const Instant t : *instants) order_keys_.push_back(micros_since_epoch(t));
    } else {
      order_keys_.reserve(rows_of(view()));
      for (const double number : numbers()) order_keys_.push_back(order_key(number));
    }
  }
  return order_keys_;
}

std::span<const std::uint8_t> Values::present() {
  if (!present_) {
    present_.emplace();
    if (any_missing(view())) present_ = presence_of(view());
  }
  return *present_;
}

}  // namespace customerhealth::metrics
