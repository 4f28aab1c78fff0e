#include <algorithm>
#include <chrono>
#include <tuple>

#include "checks.hpp"
#include "customerhealth/common/int128.hpp"
#include "customerhealth/common/length.hpp"
#include "customerhealth/ledger/key_rows.hpp"

namespace customerhealth::engine {
namespace {

using Era = ledger::FarTimes::Era;

std::string column_name(const model::TableSpec& spec, std::int32_t column) {
  return spec.columns[static_cast<std::size_t>(column)];
}

// ---- times in a wrong unit ------------------------------------------------------------------------------------------

std::string meaning_of(const model::TableSpec& spec, const ledger::FarTimes& far) {
  const std::string rows = with_commas(far.rows) + (far.rows == 1 ? " row has" : " rows have");
  if (far.era == Era::before_1980) {
    return rows +
           " a time before 1980: seconds that were read as milliseconds, or empty dates written as 0, are often "
           "the cause; say the unit of " +
           column_name(spec, far.column) + " in `types`, or leave the cell empty";
  }
  if (far.column == spec.end) {
    return rows +
           " an end after 2200 that counts as one that will come; leave it empty where nothing ends (from the "
           "year 9999 on it is open), and say the unit in `types` where milliseconds were read as seconds";
  }
  return rows +
         " a time after 2200, which no as-of of these days sees; milliseconds that were read as seconds are often the "
         "cause: say the unit of " +
         column_name(spec, far.column) + " in `types`";
}

/// Whether there is no need to: the table is old itself, or rows far before all others are these.
bool is_fine(const Notes& notes, const model::TableSpec& spec, const ledger::FarTimes& far,
             const std::vector<ledger::FarTimes>& all) {
  if (far.era == Era::the_eighties) return true;
  if (far.era == Era::after_2200) return false;
  const bool is_old = std::ranges::any_of(
      all, [&](const ledger::FarTimes& other) { return other.column == far.column && other.era == Era::the_eighties; });
  return is_old || (far.column == spec.time && std::ranges::any_of(notes, [&](const Note& note) {
                      return note.table == spec.name && note.check == "far_before_others" && note.rows >= far.rows;
                    }));
}

}  // namespace

void find_times_far_away(const panel::Snapshot& snapshot, const Watch&, Notes& notes) {
  for (std::size_t t = 0; t < snapshot.model->tables.size(); ++t) {
    const model::TableSpec& spec = snapshot.model->tables[t];
    const std::vector<ledger::FarTimes>& all = snapshot.ledger->tables[t].far_times;
    for (const ledger::FarTimes& far : all) {
      if (is_fine(notes, spec, far, all)) continue;
      const char* check = far.era == Era::after_2200 ? "after_2200" : "before_1980";
      notes.push_back({spec.name, check, far.rows, far.first_row,
                       column_name(spec, far.column) + " " + to_string(far.first), meaning_of(spec, far)});
    }
  }
}

// ---- tables that were read anew -------------------------------------------------------------------------------------

namespace {

// Fewer rows say nothing about how a table comes to be.
constexpr std::int64_t kFewestToJudge = 10;
// What a nightly load brings became known within a day; what a monthly file brings, within 30 days but for a few.
constexpr Micros kLoadedWithin = std::chrono::days{1};
constexpr Micros kLate = std::chrono::days{30};

/// What a row tells, when it first became known. `time` is missing for accounts.
struct Learned {
  Instant time, known;
  std::int64_t given = -1;  // its place in the table; -1: not kept

  [[nodiscard]] bool is_later_than(Micros by) const noexcept {
    return is_missing(time) ||
           Int128{known.time_since_epoch().count()} - Int128{time.time_since_epoch().count()} > Int128{by.count()};
  }
};

std::span<const Instant> instants_of(const ledger::Segment& segment, std::int32_t column) noexcept {
  const auto* values = std::get_if<Buffer<Instant>>(&segment.columns[static_cast<std::size_t>(column)]);
  return values == nullptr ? std::span<const Instant>{} : values->span();
}

/// The rows of a table with `known`. Of a key, and of an account of an accounts table, the one known first: those after
/// it correct it.
class LearnedRows {
 public:
  LearnedRows(const panel::Snapshot& snapshot, std::size_t table, const Watch& watch)
      : spec_{&snapshot.model->tables[table]}, table_{&snapshot.ledger->tables[table]}, watch_{&watch} {
    if (has_versions()) {
      firsts_ = ledger::key_rows(*spec_, *table_, watch);
      const auto is_same = [](const auto& a, const auto& b) { return a.key == b.key && a.account == b.account; };
      const auto rest = std::ranges::unique(firsts_, is_same);
      firsts_.erase(rest.begin(), rest.end());
    }
    if (is_of_accounts()) accounts_ = first_known(snapshot.ledger->account_count);
  }

  template <class Visit>
  void each(const Visit& visit) const {
    for (const Instant known : accounts_) {
      if (known != kLastInstant) visit(Learned{kMissingInstant, known});
    }
    for (const ledger::KeyRow& row : firsts_) visit(learned(*table_->segments[row.segment], row.row));
    if (is_of_accounts()) return;
    for (const auto& segment : table_->segments) {
      watch_->check();
      const ColumnView keys =
          has_versions() ? view_of(segment->columns[static_cast<std::size_t>(*spec_->key)]) : ColumnView{MissingView{}};
      for (std::size_t row = 0; row < static_cast<std::size_t>(segment->rows()); ++row) {
        if (!has_versions() || is_missing(keys, row)) visit(learned(*segment, row));
      }
    }
  }

 private:
  [[nodiscard]] bool is_of_accounts() const noexcept { return spec_->kind == model::TableKind::accounts; }
  /// In states a key says whose state it is, and each row tells something of its own.
  [[nodiscard]] bool has_versions() const noexcept { return spec_->key && spec_->kind != model::TableKind::states; }

  [[nodiscard]] Learned learned(const ledger::Segment& segment, std::size_t row) const noexcept {
    const auto known = instants_of(segment, *spec_->known);
    const Instant time = instants_of(segment, *spec_->time)[row];
    return {time, known.empty() || is_missing(known[row]) ? time : known[row],
            segment.given.empty() ? -1 : segment.given[row]};
  }

  /// Beside the codes of accounts; kLastInstant: not in the table. Missing, as null is, comes before all others.
  [[nodiscard]] std::vector<Instant> first_known(std::int32_t account_count) const {
    std::vector<Instant> first(static_cast<std::size_t>(account_count), kLastInstant);
    for (const auto& segment : table_->segments) {
      const auto known = instants_of(*segment, *spec_->known);
      for (std::int64_t i = 0; i < segment->account_count(); ++i) {
        Instant& own = first[static_cast<std::size_t>(segment->account(i).get())];
        for (auto row = segment->begins[static_cast<std::size_t>(i)];
             row < segment->begins[static_cast<std::size_t>(i) + 1]; ++row) {
          own = std::min(own, known.empty() ? kMissingInstant : known[static_cast<std::size_t>(row)]);
        }
      }
    }
    return first;
  }

  const model::TableSpec* spec_;
  const ledger::TableData* table_;
  const Watch* watch_;
  std::vector<ledger::KeyRow> firsts_;
  std::vector<Instant> accounts_;
};

/// Rows that were known late: how many, and the first of them; of those without a place the earliest.
struct LateRows {
  std::int64_t rows = 0;
  Learned first{kLastInstant, kLastInstant, -1};

  void add(const Learned& row) noexcept {
    const auto place = [](const Learned& each) { return std::tuple{each.given, each.time, each.known}; };
    if (rows++ == 0 || place(row) < place(first)) first = row;
  }
};

struct Lateness {
  std::int64_t rows = 0;
  LateRows late, at_once;  // known long after their time; known at the one instant at which most of them were

  [[nodiscard]] bool is_most(const LateRows& some) const noexcept {
    return rows >= kFewestToJudge && some.rows * 2 > rows;
  }
};

Lateness lateness_of(const LearnedRows& rows) {
  Lateness found;
  Instant most = kMissingInstant;  // an instant that more than half of the rows have wins the vote of pairs that differ
  std::int64_t votes = 0;
  rows.each([&](const Learned& row) {
    ++found.rows;
    if (!is_missing(row.time) && row.is_later_than(kLate)) found.late.add(row);
    if (votes == 0) most = row.known;
    votes += row.known == most ? 1 : -1;
  });
  rows.each([&](const Learned& row) {
    if (row.known == most && !is_missing(most) && row.is_later_than(kLoadedWithin)) found.at_once.add(row);
  });
  return found;
}

Note late_note(const model::TableSpec& spec, const char* check, const Lateness& all, const LateRows& found,
               const std::string& when) {
  const std::string known = column_name(spec, *spec.known) + " " + to_string(found.first.known);
  const bool is_of_accounts = is_missing(found.first.time);
  return {spec.name,
          check,
          found.rows,
          found.first.given,
          is_of_accounts ? known : column_name(spec, *spec.time) + " " + to_string(found.first.time) + ", " + known,
          with_commas(found.rows) + " of " + with_commas(all.rows) + (is_of_accounts ? " accounts" : " rows") +
              " became known " + when +
              "; a synchronisation that reads all rows anew writes such times: name a column as `known` that tells "
              "when a row was there first, or none, so that " +
              (is_of_accounts ? "an account belongs always" : "a row is known from its time on")};
}

}  // namespace

void find_known_long_after(const panel::Snapshot& snapshot, const Watch& watch, Notes& notes) {
  for (std::size_t t = 0; t < snapshot.model->tables.size(); ++t) {
    const model::TableSpec& spec = snapshot.model->tables[t];
    // Whose a key is holds at all as-ofs, whenever that became known.
    if (!spec.known || spec.known == spec.time || spec.kind == model::TableKind::keys) continue;
    const Lateness found = lateness_of(LearnedRows{snapshot, t, watch});
    if (found.is_most(found.at_once)) {
      const char* after = spec.time ? "at one instant, more than a day after their time, " : "at one instant, ";
      notes.push_back(late_note(spec, "known_at_once", found, found.at_once,
                                std::string{after} + "so no as-of up to it sees them"));
    } else if (found.is_most(found.late)) {
      notes.push_back(late_note(spec, "known_long_after", found, found.late,
                                "more than 30 days after their time, so as-ofs in between do not see them"));
    }
  }
}

}  // namespace customerhealth::engine
