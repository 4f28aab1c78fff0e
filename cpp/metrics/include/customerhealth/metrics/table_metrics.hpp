#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "customerhealth/common/text_pool.hpp"
#include "customerhealth/metrics/answer.hpp"
#include "customerhealth/metrics/plan.hpp"
#include "customerhealth/metrics/table_rows.hpp"
#include "customerhealth/metrics/timeline.hpp"

namespace customerhealth::metrics {

/// `since` worked out: a start for each account and as-of of the block, or why there is none.
struct SinceStarts {
  std::span<const Instant> starts;
  std::function<Reason(std::size_t cell)> reason;
};

/// The metrics of one table for a block of accounts. Cells lie [account][as-of].
class TableMetrics {
 public:
  /// `timeline`: of the plan's reaches. `stale`: at which as-ofs the whole table is (empty: at none).
  TableMetrics(const TablePlan& plan, const Timeline& timeline, TableRows rows, std::span<const Instant> as_ofs,
               std::span<const std::uint8_t> stale, const Texts& texts);
  ~TableMetrics();
  TableMetrics(TableMetrics&&) noexcept;

  /// Has the account a visible row here at the as-of?
  [[nodiscard]] std::span<const std::uint8_t> seen() const noexcept;

  [[nodiscard]] Cells evaluate(const AggregateTask& task, const std::optional<SinceStarts>& since);

 private:
  class Work;
  std::unique_ptr<Work> work_;
};

/// The identity that a literal would have in a column; none when no row of it can be equal. `from_key`: it stood as a
/// key of a JSON map, where all is text.
[[nodiscard]] std::optional<std::uint64_t> identity_of(const model::Literal& given, const ColumnView& column,
                                                       const Texts& texts, bool from_key);

}  // namespace customerhealth::metrics
