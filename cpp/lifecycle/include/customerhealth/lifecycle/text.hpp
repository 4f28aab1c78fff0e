#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <variant>

#include "customerhealth/common/text_pool.hpp"
#include "customerhealth/model/model.hpp"

namespace customerhealth::lifecycle {

/// A value of any type, kept beyond the block it comes from; nothing: missing.
using KeptValue = std::variant<std::monostate, double, std::int64_t, std::uint64_t, bool, TextCode, Instant>;

/// A text with its values in place (model.md §5); a missing one is a dash. `values`: those of an opening, beside
/// PlaySpec::values.
[[nodiscard]] std::string rendered(const model::TextTemplate& text, std::span<const KeptValue> values,
                                   const Texts& texts);

/// The evidence of an opening as a JSON object; instants are ISO texts.
[[nodiscard]] std::string evidence_of(const model::PlaySpec& play, std::span<const KeptValue> values,
                                      const Texts& texts);

}  // namespace customerhealth::lifecycle
