#pragma once

#include <cstdint>
#include <memory>
#include <optional>
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
    each,    // of a list: all elements, each a row
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
/// The way on from the end of another one that ends within Arrow's own nesting.
[[nodiscard]] Route go_on(Route route, const std::vector<Step>& steps);
/// The way on from lists to all of their elements; nothing: it ends at no lists.
[[nodiscard]] std::optional<Route> go_to_elements(Route route);

/// What stands at the end of the descents in every row of a batch. With Descent::Kind::each on their way there is a row
/// for each element; `rows` then takes the row of the batch that each of these is of.
[[nodiscard]] arrow::ColumnChunk descend(const ArrowSchema& table, const std::shared_ptr<const ArrowArray>& batch,
                                         std::span<const Descent> descents, arrow::NestedReader& reader,
                                         std::int64_t first_row, std::vector<std::int64_t>* rows = nullptr);

}  // namespace customerhealth::source
