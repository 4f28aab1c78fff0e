#include <algorithm>
#include <chrono>

#include "checks.hpp"
#include "customerhealth/common/end_gap.hpp"
#include "customerhealth/common/int128.hpp"
#include "customerhealth/common/length.hpp"
#include "customerhealth/common/number.hpp"

namespace customerhealth::engine {
namespace {

// Ends of things that have nothing to do with each other (tickets) miss a start by chance. They do so by any time
// alike, so a miss means something where it is the rule: among the ends that the next start follows within these times,
// and among those that one follows within a month.
constexpr Micros kSoonAfterMoment = std::chrono::seconds{10};
constexpr Micros kSoonAfterDay = std::chrono::days{7};
constexpr Micros kMonth = std::chrono::days{31};
constexpr std::int64_t kLeastPercent = 10;

bool is_midnight(Instant t) noexcept { return std::chrono::floor<std::chrono::days>(t) == t; }

/// Whether an end names the day before a start at midnight, as that day or as its last minute. One that is taken as the
/// last moment lies a unit of its column later than it is written.
bool is_last_day(Instant end, Instant start, model::EndIs end_is) noexcept {
  const Micros unit = end_is == model::EndIs::inclusive ? std::chrono::seconds{1} : Micros{0};
  const Micros missed = start - end;
  return end - std::chrono::floor<std::chrono::days>(end) <= unit ||
         (missed <= std::chrono::minutes{1} && missed + unit >= std::chrono::minutes{1});
}

/// Ends that miss the next start of their account by the same kind of gap.
struct MissedBy {
  std::int64_t rows = 0, soon = 0;  // soon: ends with a start at them or soon after
  std::int64_t first_row = -1;
  AccountCode account{0};
  Instant end, start;
  bool is_at_midnight = true;  // all starts are

  void add(std::int64_t row, AccountCode of, Instant missed_by, Instant next) noexcept {
    is_at_midnight &= is_midnight(next);
    if (rows++ > 0 && first_row <= row) return;
    first_row = row, account = of, end = missed_by, start = next;
  }
};

struct MissedStarts {
  MissedBy moments, days;
  std::int64_t followed = 0;  // ends with a start within a month

  [[nodiscard]] bool is_rule(const MissedBy& misses) const noexcept {
    return misses.rows * 2 > misses.soon && misses.rows * 100 >= followed * kLeastPercent;
  }
};

bool takes_back(const ledger::TableBlock& block, const model::TableSpec& spec, std::size_t row) {
  if (!spec.deleted) return false;
  const auto* truths =
      std::get_if<std::span<const Truth>>(&block.columns[static_cast<std::size_t>(*spec.deleted)].view());
  return truths != nullptr && (*truths)[row] == Truth::yes;
}

/// `rows` are those of the account, in the order of their starts.
void look_at_account(const ledger::TableBlock& block, const model::TableSpec& spec, AccountCode account,
                     ledger::RowRange rows, MissedStarts& found) {
  const auto of_account = [rows](std::span<const Instant> values) {
    return values.subspan(static_cast<std::size_t>(rows.begin), static_cast<std::size_t>(rows.size()));
  };
  const auto starts = of_account(block.instants(*spec.time)), ends = of_account(block.instants(*spec.end));
  for (std::size_t i = 0; i < starts.size(); ++i) {
    if (is_missing(ends[i]) || ends[i] <= starts[i]) continue;
    if (takes_back(block, spec, static_cast<std::size_t>(rows.begin) + i)) continue;
    const auto next = std::ranges::lower_bound(starts, ends[i]);
    if (next == starts.end()) continue;
    const Int128 gap = Int128{next->time_since_epoch().count()} - Int128{ends[i].time_since_epoch().count()};
    if (gap > Int128{kMonth.count()}) continue;
    ++found.followed;
    if (gap <= Int128{kSoonAfterMoment.count()}) ++found.moments.soon;
    if (gap <= Int128{kSoonAfterDay.count()}) ++found.days.soon;
    const EndGap kind = end_gap(ends[i], *next);
    const std::int64_t row = block.given[static_cast<std::size_t>(rows.begin) + i];
    if (kind == EndGap::moment || kind == EndGap::midnight) found.moments.add(row, account, ends[i], *next);
    if (kind == EndGap::rest_of_day && is_last_day(ends[i], *next, spec.end_is))
      found.days.add(row, account, ends[i], *next);
  }
}

MissedStarts missed_starts(const panel::Snapshot& snapshot, std::size_t table, const Watch& watch) {
  constexpr std::size_t kAccountsAtOnce = 1024;
  const model::TableSpec& spec = snapshot.model->tables[table];
  const ledger::Ledger& ledger = *snapshot.ledger;
  MissedStarts found;
  for (std::size_t first = 0; first < ledger.order.size(); first += kAccountsAtOnce) {
    watch.check();
    const auto accounts =
        std::span{ledger.order}.subspan(first, std::min(kAccountsAtOnce, ledger.order.size() - first));
    const ledger::TableBlock block = ledger::read_block(spec, ledger.tables[table], accounts);
    if (block.instants(*spec.end).empty()) continue;
    for (std::size_t a = 0; a < accounts.size(); ++a) {
      look_at_account(block, spec, accounts[a], {block.begins[a], block.begins[a + 1]}, found);
    }
  }
  return found;
}

std::string example_of_miss(const panel::Snapshot& snapshot, const model::TableSpec& spec, const MissedBy& misses) {
  return "account " + snapshot.ledger->ids->name(misses.account) + ", " +
         spec.columns[static_cast<std::size_t>(*spec.end)] + " " + to_string(misses.end) + ", the next " +
         spec.columns[static_cast<std::size_t>(*spec.time)] + " " + to_string(misses.start);
}

std::string count_of(const MissedBy& misses, const MissedStarts& all) {
  return with_commas(misses.rows) + " of " + with_commas(all.followed) +
         " ends that the account's next start follows within a month miss it by ";
}

std::string meaning_of_moments(const MissedBy& misses, const MissedStarts& all) {
  const double milliseconds = static_cast<double>((misses.start - misses.end).count()) / 1000;
  const std::string by = milliseconds == 1000 ? "1 second" : shortest(milliseconds) + " ms";
  return count_of(misses, all) + by +
         ": an as-of in between sees nothing that holds; if an end is the last moment, `end_is`: \"inclusive\" adds "
         "one "
         "unit of the column, which must be " +
         by + " then" +
         (misses.is_at_midnight ? "; since all of these starts are at midnight, \"last_day\" fits as well" : "");
}

std::string meaning_of_days(const MissedBy& misses, const MissedStarts& all) {
  const bool is_minute = misses.start - misses.end <= std::chrono::minutes{1};
  return count_of(misses, all) + (is_minute ? "one minute: nothing holds in it" : "one day: nothing holds on it") +
         "; if an end is the last day, say `end_is`: \"last_day\"";
}

}  // namespace

void find_ends_that_miss(const panel::Snapshot& snapshot, const Watch& watch, Notes& notes) {
  for (std::size_t t = 0; t < snapshot.model->tables.size(); ++t) {
    const model::TableSpec& spec = snapshot.model->tables[t];
    if (spec.kind != model::TableKind::intervals || !spec.end || spec.end == spec.time) continue;
    const MissedStarts found = missed_starts(snapshot, t, watch);
    if (found.is_rule(found.moments)) {
      notes.push_back({spec.name, "end_moment_before_start", found.moments.rows, found.moments.first_row,
                       example_of_miss(snapshot, spec, found.moments), meaning_of_moments(found.moments, found)});
    }
    if (found.is_rule(found.days)) {
      notes.push_back({spec.name, "end_day_before_start", found.days.rows, found.days.first_row,
                       example_of_miss(snapshot, spec, found.days), meaning_of_days(found.days, found)});
    }
  }
}

}  // namespace customerhealth::engine
