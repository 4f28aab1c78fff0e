#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <variant>

#include "customerhealth/common/column.hpp"
#include "customerhealth/common/text_pool.hpp"
#include "customerhealth/model/model.hpp"

namespace customerhealth::lifecycle {

/// A value of any type, kept beyond the block it comes from; nothing: missing.
using KeptValue = std::variant<std::monostate, double, std::int64_t, std::uint64_t, bool, TextCode, Instant>;

/// The value of a row of a column.
[[nodiscard]] KeptValue kept_value(const ColumnView& view, std::size_t row);

/// A text with its values in place (model.md §5); a missing one is a dash. `values`: those of an opening or an as-of,
/// beside PlaySpec::values.
[[nodiscard]] std::string rendered(const model::TextTemplate& text, std::span<const KeptValue> values,
                                   const Texts& texts);

/// Its evidence as a JSON object; instants are ISO texts.
[[nodiscard]] std::string evidence_of(const model::PlaySpec& play, std::span<const KeptValue> values,
                                      const Texts& texts);

}  // namespace customerhealth::lifecycle
