#pragma once

#include <memory>
#include <span>

#include "customerhealth/arrow/result.hpp"
#include "customerhealth/common/length.hpp"
#include "customerhealth/revenue/contracts.hpp"

namespace customerhealth::revenue {

/// How revenue is looked at.
struct View {
  std::optional<Instant> as_known_at;  // nothing: each date as it was known then
  std::optional<Length> gap;           // an account whose last contract ended at most this long ago has not left yet
};

/// From one as-of to another; `from` is before `to`.
struct Period {
  Instant from, to;
};

/// What became of each account's revenue over each period, a row for each account that is a customer at either end, by
/// period, in it by movement and account:
/// account_id, from, to, start, new, expansion, contraction, churn, reactivation, end. Each is 0 or more, and
/// start + new + expansion + reactivation - contraction - churn = end exactly (in the column's decimals; for others
/// before each is rounded to its double).
///
/// Periods ascend: neither end of one comes before that of the one before. With a product that of its contracts alone
/// counts. With `in_detail` also movement (the name of the one that is the account's, or `unchanged`), of customers at
/// both ends product_added, product_dropped and price_change, which add up to expansion - contraction, and
/// start_billing_period and end_billing_period, where the columns are known.
[[nodiscard]] std::shared_ptr<const arrow::ResultTable> movements(const Contracts& contracts,
                                                                  std::span<const Period> periods, const View& view,
                                                                  bool in_detail, std::optional<TextCode> product,
                                                                  Watch& watch);

/// The contracts as known at an instant (kLastInstant: as known now): account_id, start, end, mrr and, where the
/// columns are known, product and billing_period.
[[nodiscard]] std::shared_ptr<const arrow::ResultTable> contracts_table(const Contracts& contracts, Instant as_known_at,
                                                                        Watch& watch);

/// Unbroken runs of contracts as known at an instant: account_id, start, end (null: open). A contract continues the
/// run when it starts at most `gap` after the latest end so far.
[[nodiscard]] std::shared_ptr<const arrow::ResultTable> runs_table(const Contracts& contracts, Instant as_known_at,
                                                                   const std::optional<Length>& gap, Watch& watch);

}  // namespace customerhealth::revenue
