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

/// The values of `since`: a start for each account and as-of of the block, or the reason for which it is missing.
struct SinceStarts {
  std::span<const Instant> starts;
  std::function<Reason(std::size_t cell)> reason;
};

/// The metrics of one table for a block of accounts. Cells lie [account][as-of].
class TableMetrics {
 public:
  /// `timeline` is made from the plan's reaches. `stale` has a 1 for each as-of at which the whole table is stale, and
  /// is empty if it never is.
  TableMetrics(const TablePlan& plan, const Timeline& timeline, TableRows rows, std::span<const Instant> as_ofs,
               std::span<const std::uint8_t> stale, const Texts& texts);
  ~TableMetrics();
  TableMetrics(TableMetrics&&) noexcept;

  /// 1 for each account and as-of at which the account has a visible row in this table.
  [[nodiscard]] std::span<const std::uint8_t> seen() const noexcept;

  [[nodiscard]] Cells evaluate(const AggregateTask& task, const std::optional<SinceStarts>& since);

 private:
  class Work;
  std::unique_ptr<Work> work_;
};

/// The identity (see Identities) that the literal would have in the column; nullopt if no value of the column can equal
/// it. `from_key`: the literal was a key of a JSON map, where numbers and booleans are written as texts.
[[nodiscard]] std::optional<std::uint64_t> identity_of(const model::Literal& given, const ColumnView& column,
                                                       const Texts& texts, bool from_key);

}  // namespace customerhealth::metrics
