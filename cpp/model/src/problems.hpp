#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/common/json.hpp"
#include "customerhealth/common/parallel.hpp"

namespace customerhealth::model {

/// `scores.adoption` and `scale` give `scores.adoption.scale`; a key that is no plain word is quoted: labels["n/a"].
[[nodiscard]] std::string path_to(const std::string& path, std::string_view key);
/// `curve` and 2 give `curve[2]`.
[[nodiscard]] std::string path_to(const std::string& path, std::size_t index);

/// 'a', 'b' or 'c'
[[nodiscard]] std::string alternatives(const std::vector<std::string>& words);

/// What is learnt while a document is read, beside its values.
class Findings {
 public:
  explicit Findings(const Watch* watch = nullptr) noexcept : watch_{watch} {}

  /// Ends the reading (Interrupted) if the caller wants that: called for each value, since a document may have
  /// millions.
  void check() const {
    if (watch_ != nullptr) watch_->check();
  }
  void add(std::string path, std::string message, std::optional<std::int64_t> position = std::nullopt) {
    problems_.push_back({std::move(path), std::move(message), position});
  }
  /// A formula's problem keeps its caret and position, and gets its path.
  void add(std::string path, const FormulaError& error) {
    add(std::move(path), error.problems().front().message, error.position());
  }
  /// The order of this object's members means something: the canonical form keeps it.
  void keep_order(const Json& json) { notes_.ordered.insert(&json); }
  /// This is no part of the model: the canonical form leaves it out.
  void leave_out(const Json& json) { notes_.left_out.insert(&json); }

  [[nodiscard]] bool any() const noexcept { return !problems_.empty(); }
  [[nodiscard]] const CanonicalNotes& notes() const noexcept { return notes_; }
  [[nodiscard]] std::vector<Problem>& problems() noexcept { return problems_; }

 private:
  const Watch* watch_;
  std::vector<Problem> problems_;
  CanonicalNotes notes_;
};

}  // namespace customerhealth::model
