#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "customerhealth/arrow/table.hpp"
#include "customerhealth/common/parallel.hpp"
#include "customerhealth/model/source_spec.hpp"
#include "customerhealth/source/walk.hpp"
#include "nested_walk.hpp"

namespace customerhealth::source {

/// The elements of a column, and the rows that they are of.
class Elements {
 public:
  /// Throws DataError where the table has no such column, or one that holds no lists.
  Elements(const arrow::ArrowTable& source, const std::string& table, const model::EachSpec& each, Watch& watch);

  /// Of each batch that has elements its place among those of the source, and each element's row in it.
  struct OfBatch {
    std::size_t batch = 0;
    std::vector<std::int64_t> rows;
  };
  [[nodiscard]] const std::vector<OfBatch>& batches() const noexcept { return batches_; }
  /// Of each element the row of the source.
  [[nodiscard]] const std::vector<std::int64_t>& places() const noexcept { return places_; }
  /// Cells that are no lists.
  [[nodiscard]] const std::vector<Lapse>& lapses() const noexcept { return lapses_; }

  enum class Kind : std::uint8_t {
    nested,  // Arrow's own
    json,    // JSON texts, a chunk for each batch
    cells,   // texts that were split, or the cells of another type; a chunk for each batch
  };
  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  /// The way to the elements; of those that are no Arrow lists the way to the cells that they are of.
  [[nodiscard]] const Route& route() const noexcept { return route_; }
  /// What stands on a way on from the elements. Of those that are no Arrow lists it is the elements themselves.
  [[nodiscard]] std::vector<arrow::ColumnChunk> chunks(const Route& route, const std::string& name) const;

 private:
  struct Piece;

  void find_lists();
  void find_texts(const std::vector<arrow::ColumnChunk>& cells);
  void find_cells(const std::vector<arrow::ColumnChunk>& cells);
  void count_no_lists(const std::vector<Piece>& pieces);
  [[nodiscard]] arrow::ColumnChunk texts_in(std::vector<std::string_view> texts,
                                            std::shared_ptr<const void> owner) const;
  void number_rows();
  [[nodiscard]] std::vector<arrow::ColumnChunk> cells() const;
  [[noreturn]] void fail(const std::string& what) const;

  const arrow::ArrowTable& source_;
  const std::string& table_;
  const model::EachSpec& each_;
  Watch& watch_;
  Route route_;
  Kind kind_ = Kind::nested;
  std::vector<OfBatch> batches_;
  std::vector<std::int64_t> places_;
  std::vector<arrow::ColumnChunk> chunks_;  // beside `batches_`, of elements that are no Arrow lists
  std::vector<Lapse> lapses_;
};

/// The route of a path, whose words of what is wrong become those of its column.
[[nodiscard]] Route route_to(const arrow::ArrowTable& source, const std::string& table, const std::string& name,
                             const std::string& root, std::size_t steps_from);

}  // namespace customerhealth::source
