#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "customerhealth/arrow/result.hpp"
#include "customerhealth/common/parallel.hpp"
#include "customerhealth/model/bound_model.hpp"

/// Shared by all tables about a score: they are computed in pieces of rows or accounts, in parallel.
namespace customerhealth::panel {

/// Throws std::out_of_range when the model has no such score.
[[nodiscard]] const model::BoundScore& score_of(const model::BoundModel& model, std::string_view score);

/// Rows or accounts side by side that are worked on together.
struct Piece {
  std::size_t begin = 0, count = 0;
};

/// [begin, end) in pieces of `most` or fewer; an empty one where there is nothing.
[[nodiscard]] std::vector<Piece> pieces_of(std::size_t begin, std::size_t end, std::size_t most);

/// Calls `work(i)` for each piece, in parallel, and tells the watch.
template <class Work>
void each_piece(std::span<const Piece> pieces, Watch& watch, const Work& work) {
  const auto count = static_cast<std::int64_t>(pieces.size());
  watch.expect(count);
  for_each(count, [&](std::int64_t i) {
    watch.check();
    work(static_cast<std::size_t>(i));
    watch.advance();
  });
}

/// A table that says which model it is from, its batches still to be filled.
[[nodiscard]] std::shared_ptr<arrow::ResultTable> table_of(const model::Model& model, std::size_t batches);

}  // namespace customerhealth::panel
