#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "customerhealth/common/code.hpp"

namespace customerhealth {

/// Texts by code: what the formula language needs to know about text columns. Equal texts have equal codes.
class Texts {
 public:
  virtual ~Texts() = default;
  [[nodiscard]] virtual std::int32_t size() const noexcept = 0;
  [[nodiscard]] virtual std::string_view text(TextCode code) const noexcept = 0;
  /// The code of a text, missing when it is not there.
  [[nodiscard]] virtual TextCode find(std::string_view text) const noexcept = 0;
};

/// The texts of a portfolio and, after them, those that formulas add (literals, lower-case forms). Filled while
/// formulas are bound, by one thread; read-only while they are evaluated, so many scorings share one portfolio.
class TextOverlay final : public Texts {
 public:
  TextOverlay() = default;
  explicit TextOverlay(const Texts& base) : base_{&base}, base_size_{base.size()} {}

  [[nodiscard]] std::int32_t size() const noexcept override;
  [[nodiscard]] std::string_view text(TextCode code) const noexcept override;
  [[nodiscard]] TextCode find(std::string_view text) const noexcept override;
  /// The lower-case (ASCII) form of a text that is added comes with it: once formulas are evaluated, `lower` of what a
  /// formula bound later gives must have a code already.
  TextCode intern(std::string_view text);

 private:
  const Texts* base_ = nullptr;
  std::int32_t base_size_ = 0;
  std::deque<std::string> added_;  // a deque, so that the views in `codes_` stay valid
  std::unordered_map<std::string_view, TextCode> codes_;
};

}  // namespace customerhealth
