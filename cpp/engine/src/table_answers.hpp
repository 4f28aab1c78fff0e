#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "customerhealth/common/code.hpp"
#include "customerhealth/metrics/table_metrics.hpp"
#include "customerhealth/panel/snapshot.hpp"

namespace customerhealth::engine {

/// The as-ofs of a table's metrics, divided into parts in which the edges of all windows ascend. Calendar lengths can
/// make them descend: a month before noon of 28 March is noon of 28 February, a month before the midnight that follows
/// is midnight of 28 February. Nearly always there is one part.
struct TableGrid {
  struct Part {
    std::vector<std::int32_t> places;  // among all as-ofs
    std::vector<Instant> as_ofs;
    metrics::Timeline timeline;
    std::vector<std::uint8_t> stale;  // empty: never
  };
  std::vector<Part> parts;

  /// `stale`: at which as-ofs the table is as a whole; empty: never.
  TableGrid(const metrics::TablePlan& plan, std::span<const Instant> as_ofs, std::span<const std::uint8_t> stale);
};

/// The metrics of one table for a block of accounts, part by part of its grid. Cells lie [account][as-of].
class TableAnswers {
 public:
  TableAnswers(const panel::Snapshot& snapshot, std::size_t table, const metrics::TablePlan& plan,
               const TableGrid& grid, std::span<const AccountCode> accounts);

  /// Has the account a visible row here at the as-of?
  [[nodiscard]] std::span<const std::uint8_t> seen() const noexcept {
    return parts_.size() == 1 ? parts_.front().seen() : seen_;
  }
  [[nodiscard]] metrics::Cells evaluate(const metrics::AggregateTask& task,
                                        const std::optional<metrics::SinceStarts>& since);

 private:
  [[nodiscard]] metrics::Cells evaluate_part(std::size_t part, const metrics::AggregateTask& task,
                                             const metrics::SinceStarts& since);

  const TableGrid* grid_;
  std::size_t accounts_, as_ofs_;
  std::vector<metrics::TableMetrics> parts_;
  std::vector<std::uint8_t> seen_;  // of several parts
};

}  // namespace customerhealth::engine
