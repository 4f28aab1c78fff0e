#include <algorithm>
#include <cmath>

#include "table_work.hpp"

namespace customerhealth::metrics {
namespace {

bool has_no_number(const Cells& cells, std::size_t cell) noexcept {
  return !cells.numbers.empty() && !std::isfinite(cells.numbers[cell]);
}

/// Every row of the account is seen and has an answer: the common case, without a branch.
bool is_clean(std::span<const std::uint8_t> seen, const Cells& cells, std::size_t begin) noexcept {
  unsigned dirty = 0;
  for (std::size_t k = 0; k < seen.size(); ++k) {
    dirty += (seen[k] != 0 ? 0U : 1U) + (cells.reasons[begin + k] == Reason::none ? 0U : 1U);
  }
  if (dirty > 0 || cells.numbers.empty()) return dirty == 0;
  std::int64_t infinite = 0;  // and NaN
  for (std::size_t k = 0; k < seen.size(); ++k) {
    const double number = cells.numbers[begin + k];
    infinite += number - number == 0 ? 0 : 1;
  }
  return infinite == 0;
}

}  // namespace

/// The time of the last row before E that passes `where` and `by`, whatever the window; missing where there is none.
std::vector<Instant> TableMetrics::Work::last_times(const AggregateTask& task) {
  Kept& all = kept(chosen_by(task, false));
  const Reach whole{task.spec->offset, std::nullopt};
  const auto reach = static_cast<std::size_t>(std::ranges::find(plan_->reaches, whole) - plan_->reaches.begin());
  std::vector<Instant> last(rows_.account_count() * as_of_count(), kMissingInstant);
  found_.resize(as_of_count());
  const Reached reaching = reached(all, reach);
  for (std::size_t a = 0; a < rows_.account_count(); ++a) {
    const AccountEntries entries = reaching.account(a);
    if (entries.plain) {
      for (std::size_t k = 0; k < found_.size(); ++k) found_[k] = entries.last[k] - 1;
    } else {
      order_.resize(entries.rows.size());
      for (std::size_t i = 0; i < order_.size(); ++i) order_[i] = static_cast<std::int32_t>(order_.size() - 1 - i);
      running_first(entries, order_, scratch_, found_);
    }
    for (std::size_t k = 0; k < found_.size(); ++k) {
      if (found_[k] >= 0) last[a * as_of_count() + k] = entries.times[static_cast<std::size_t>(found_[k])];
    }
  }
  return last;
}

/// How many rows of the window pass `where` and have a value of `of`.
std::vector<double> TableMetrics::Work::row_counts(const AggregateTask& task, const std::optional<SinceStarts>& since) {
  Kept& valued = kept(chosen_by(task, true));
  std::vector<double> counts(rows_.account_count() * as_of_count(), 0.0);
  const Reached reaching = reached(valued, task.reach);
  for (std::size_t a = 0; a < rows_.account_count(); ++a) {
    const AccountEntries entries = reaching.account(a);
    const std::span<double> out = std::span{counts}.subspan(a * as_of_count(), as_of_count());
    if (!since) {
      running_count(entries, scratch_, out);
      continue;
    }
    each_since(entries, shifted(as_ofs_, task.spec->offset), since->starts.subspan(a * as_of_count(), as_of_count()),
               task.spec->window,
               [&](std::size_t k, const Picked& picked) { out[k] = static_cast<double>(picked.rows.size()); });
  }
  return counts;
}

/// What forces a cell to be missing, in model.md's order of reasons; then numbers that no double can hold.
void TableMetrics::Work::guard(const AggregateTask& task, const std::optional<SinceStarts>& since, Cells& cells) {
  const model::Aggregate& spec = *task.spec;
  const Edges edges = shifted(as_ofs_, spec.offset);
  const auto last = spec.stale_after ? last_times(task) : std::vector<Instant>{};
  const auto counts = spec.min_rows > 0 ? row_counts(task, since) : std::vector<double>{};
  const auto firsts = spec.full_window && !since ? first_times(spec.rows) : std::span<const Instant>{};
  const auto reason_of = [&](std::size_t cell, std::size_t k) {
    if (!stale_.empty() && stale_[k] != 0) return Reason::stale;
    if (seen_[cell] == 0) return Reason::never;
    if (!last.empty() && !is_missing(last[cell]) && last[cell] < minus(edges[k], *spec.stale_after))
      return Reason::stale;
    if (!firsts.empty() && (is_missing(firsts[cell]) || firsts[cell] > minus(edges[k], *spec.window)))
      return Reason::too_young;
    if (since && is_missing(since->starts[cell])) return since->reason(cell);
    if (since && since->starts[cell] >= edges[k]) return Reason::too_young;
    if (since && spec.full_window && plus(since->starts[cell], *spec.window) > edges[k]) return Reason::too_young;
    if (cells.reasons[cell] == Reason::too_young) return Reason::too_young;
    if (!counts.empty() && counts[cell] < static_cast<double>(spec.min_rows)) return Reason::too_few;
    return cells.reasons[cell];
  };
  const bool asks_more = !stale_.empty() || !last.empty() || !firsts.empty() || since || !counts.empty();
  for (std::size_t begin = 0; begin < seen_.size(); begin += as_of_count()) {
    if (!asks_more && is_clean(std::span{seen_}.subspan(begin, as_of_count()), cells, begin)) continue;
    for (std::size_t k = 0; k < as_of_count(); ++k) {
      const Reason reason = reason_of(begin + k, k);
      if (reason != Reason::none)
        cells.set_missing(begin + k, reason);
      else if (has_no_number(cells, begin + k))
        cells.set_missing(begin + k, Reason::undefined);
    }
  }
}

}  // namespace customerhealth::metrics
