#pragma once

#include <cstdint>
#include <string_view>

#include "nanoarrow/nanoarrow.h"

namespace customerhealth::source {

/// What lies inside of a column of Arrow.
enum class Nesting : std::uint8_t { none, structs, lists, large_lists, views, large_views, fixed_lists, maps };
[[nodiscard]] Nesting nesting_of(const ArrowSchema& schema) noexcept;

[[nodiscard]] bool is_there(const ArrowSchema* schema) noexcept;
/// The child of that name; -1: there is none.
[[nodiscard]] std::int64_t child_named(const ArrowSchema& schema, std::string_view name) noexcept;

}  // namespace customerhealth::source
