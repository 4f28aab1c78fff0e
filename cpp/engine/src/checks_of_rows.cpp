#include <algorithm>
#include <chrono>
#include <queue>
#include <utility>

#include "checks.hpp"
#include "customerhealth/common/civil.hpp"

namespace customerhealth::engine {
namespace {

std::span<const Instant> times_of(const model::TableSpec& spec, const ledger::Segment& segment) noexcept {
  const auto* times = std::get_if<Buffer<Instant>>(&segment.columns[static_cast<std::size_t>(*spec.time)]);
  return times == nullptr ? std::span<const Instant>{} : times->span();
}

// ---- rows that stand twice ------------------------------------------------------------------------------------------

bool is_same(const ColumnView& view, std::size_t a, std::size_t b) noexcept {
  const bool is_missing_a = is_missing(view, a);
  if (is_missing_a || is_missing(view, b)) return is_missing_a && is_missing(view, b);
  if (const auto* numbers = std::get_if<std::span<const double>>(&view)) return (*numbers)[a] == (*numbers)[b];
  if (const auto* integers = std::get_if<IntegerView>(&view)) return integers->values[a] == integers->values[b];
  if (const auto* truths = std::get_if<std::span<const Truth>>(&view)) return (*truths)[a] == (*truths)[b];
  if (const auto* texts = std::get_if<std::span<const TextCode>>(&view)) return (*texts)[a] == (*texts)[b];
  if (const auto* instants = std::get_if<std::span<const Instant>>(&view)) return (*instants)[a] == (*instants)[b];
  return true;
}

/// How many rows of [begin, end), all of one account and time, are as another before them.
std::int64_t repeats_within(const std::vector<ColumnView>& columns, std::size_t begin, std::size_t end) {
  constexpr std::size_t kMostCompared = 64;  // of thousands of rows of one instant, their neighbours
  std::int64_t repeats = 0;
  for (std::size_t row = begin + 1; row < end; ++row) {
    const std::size_t first = row - begin > kMostCompared ? row - kMostCompared : begin;
    for (std::size_t other = first; other < row; ++other) {
      if (!std::ranges::all_of(columns, [&](const ColumnView& view) { return is_same(view, other, row); })) continue;
      ++repeats;
      break;
    }
  }
  return repeats;
}

struct Repeats {
  std::int64_t rows = 0;
  std::string example;
};

Repeats repeats_of(const panel::Snapshot& snapshot, std::size_t table, const Watch& watch) {
  constexpr std::size_t kAccountsAtOnce = 1024;
  const model::TableSpec& spec = snapshot.model->tables[table];
  const ledger::Ledger& ledger = *snapshot.ledger;
  Repeats found;
  for (std::size_t first = 0; first < ledger.order.size(); first += kAccountsAtOnce) {
    watch.check();
    const auto accounts =
        std::span{ledger.order}.subspan(first, std::min(kAccountsAtOnce, ledger.order.size() - first));
    const ledger::TableBlock block = ledger::read_block(spec, ledger.tables[table], accounts);
    const auto times = block.instants(*spec.time);
    if (times.empty()) continue;
    std::vector<ColumnView> columns;
    for (const Column& column : block.columns) columns.push_back(column.view());
    for (std::size_t a = 0; a < accounts.size(); ++a) {
      const auto end = static_cast<std::size_t>(block.begins[a + 1]);
      for (auto row = static_cast<std::size_t>(block.begins[a]); row < end;) {
        std::size_t next = row + 1;
        while (next < end && times[next] == times[row]) ++next;
        const std::int64_t repeats = next - row > 1 ? repeats_within(columns, row, next) : 0;
        if (repeats > 0 && found.rows == 0) {
          found.example = "account " + ledger.ids->name(accounts[a]) + ", " +
                          spec.columns[static_cast<std::size_t>(*spec.time)] + " " + to_string(times[row]);
        }
        found.rows += repeats;
        row = next;
      }
    }
  }
  return found;
}

// ---- rows far before all others -------------------------------------------------------------------------------------

constexpr Micros kFar = std::chrono::duration_cast<Micros>(std::chrono::days{5 * 365});
constexpr std::size_t kFewestRows = 10;
constexpr std::size_t kMostFarRows = 100;

/// The earliest times of a table, ascending, and its latest.
struct Ends {
  std::vector<Instant> earliest;
  Instant last = kFirstInstant;
  std::size_t rows = 0;
};

Ends ends_of(const model::TableSpec& spec, const ledger::TableData& table, const Watch& watch) {
  std::priority_queue<Instant> earliest;
  Ends ends;
  for (const auto& segment : table.segments) {
    watch.check();
    for (const Instant t : times_of(spec, *segment)) {
      ends.last = std::max(ends.last, t);
      ++ends.rows;
      if (earliest.size() > kMostFarRows && t >= earliest.top()) continue;
      earliest.push(t);
      if (earliest.size() > kMostFarRows + 1) earliest.pop();
    }
  }
  for (; !earliest.empty(); earliest.pop()) ends.earliest.push_back(earliest.top());
  std::ranges::reverse(ends.earliest);
  return ends;
}

/// A difference that cannot overflow.
Int128 between(Instant earlier, Instant later) noexcept {
  return Int128{later.time_since_epoch().count()} - Int128{earlier.time_since_epoch().count()};
}

}  // namespace

void find_repeated_rows(const panel::Snapshot& snapshot, const Watch& watch, Notes& notes) {
  for (std::size_t t = 0; t < snapshot.model->tables.size(); ++t) {
    const model::TableSpec& spec = snapshot.model->tables[t];
    if (spec.kind == model::TableKind::accounts || spec.key) continue;
    const Repeats found = repeats_of(snapshot, t, watch);
    if (found.rows == 0) continue;
    notes.push_back(
        {spec.name, "repeated_rows", found.rows, -1, found.example,
         with_commas(found.rows) + " rows are as another in all columns that the model reads" +
             (spec.kind == model::TableKind::states ? ", and of states at one time the last counts; if they "
                                                    : ", and each counts; if they ") +
             "were written twice, name the table's `key`"});
  }
}

void find_rows_far_before_others(const panel::Snapshot& snapshot, const Watch& watch, Notes& notes) {
  for (std::size_t t = 0; t < snapshot.model->tables.size(); ++t) {
    const model::TableSpec& spec = snapshot.model->tables[t];
    if (!spec.time) continue;
    const Ends ends = ends_of(spec, snapshot.ledger->tables[t], watch);
    if (ends.rows < kFewestRows) continue;
    const std::size_t most =
        std::min({ends.earliest.size() - 1, std::max<std::size_t>(1, ends.rows / 100), kMostFarRows});
    for (std::size_t far = most; far > 0; --far) {
      const Int128 gap = between(ends.earliest[far - 1], ends.earliest[far]);
      if (gap <= Int128{kFar.count()} || gap <= between(ends.earliest[far], ends.last)) continue;
      const std::string& column = spec.columns[static_cast<std::size_t>(*spec.time)];
      notes.push_back({spec.name, "far_before_others", static_cast<std::int64_t>(far), -1,
                       column + " " + to_string(ends.earliest.front()) + ", the others from " +
                           to_string(ends.earliest[far]) + " on",
                       "what happened since, and every tick of the clock, counts from there for the accounts of these "
                       "rows; an empty date that was "
                       "written as a number is often the cause"});
      break;
    }
  }
}

}  // namespace customerhealth::engine
