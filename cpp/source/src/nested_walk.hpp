#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "customerhealth/arrow/nested.hpp"
#include "customerhealth/source/path.hpp"

namespace customerhealth::source {

/// A step through arrays, found from their schema.
struct Descent {
  enum class Kind : std::uint8_t {
    member,  // of a struct: child `place`
    place,   // of a list
    match,   // the first element of a list, entry of a map, that matches
    entry,   // of a map: the value under `match.value`
  };
  Kind kind = Kind::member;
  std::int64_t place = 0;
  Match match;
  const ArrowSchema* to = nullptr;  // where it leads
};

/// How far a path goes through Arrow's own nesting.
struct Route {
  std::vector<Descent> descents;     // from the struct of all columns on
  const ArrowSchema* end = nullptr;  // null: the schema says that the path leads nowhere
  std::vector<Step> rest;            // steps into the JSON texts that stand there
};

/// Throws Error where no value of the types could have the path.
[[nodiscard]] Route find_route(const ArrowSchema& table, std::size_t column, const std::vector<Step>& steps);

/// What stands at the end of the descents in every row of a batch.
[[nodiscard]] arrow::ColumnChunk descend(const ArrowSchema& table, const std::shared_ptr<const ArrowArray>& batch,
                                         std::span<const Descent> descents, arrow::NestedReader& reader,
                                         std::int64_t first_row);

}  // namespace customerhealth::source
