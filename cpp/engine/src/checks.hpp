#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "customerhealth/common/parallel.hpp"
#include "customerhealth/panel/snapshot.hpp"

/// What `quality()` finds beyond single rows (which ledger/quality.hpp has). A check is a function of its own in one of
/// the files checks_of_*.cpp, and a line of `kChecks` in checks.cpp; docs/quality.md lists it with an example.
namespace customerhealth::engine {

/// A row of `quality()`.
struct Note {
  std::string table;            // empty: the model itself
  std::string check;            // its name
  std::int64_t rows = 0;        // how many rows or accounts it concerns
  std::int64_t first_row = -1;  // in the table as given, appends counted on; -1: not a matter of single rows
  std::string example;
  std::string meaning;  // a sentence: what it does to the answers
};

/// Everything that there is to say, table by table, then of the model; always in the same order.
[[nodiscard]] std::vector<Note> notes_of(const panel::Snapshot& snapshot, const Watch& watch);

using Notes = std::vector<Note>;

// Values that are asked for and that nobody has.
void find_wheres_never_true(const panel::Snapshot& snapshot, const Watch& watch, Notes& notes);
void find_values_never_seen(const panel::Snapshot& snapshot, const Watch& watch, Notes& notes);
void find_words_that_do_not_exist(const panel::Snapshot& snapshot, const Watch& watch, Notes& notes);
// Rows.
void find_repeated_rows(const panel::Snapshot& snapshot, const Watch& watch, Notes& notes);
void find_rows_far_before_others(const panel::Snapshot& snapshot, const Watch& watch, Notes& notes);
// Times.
void find_times_far_away(const panel::Snapshot& snapshot, const Watch& watch, Notes& notes);
void find_known_long_after(const panel::Snapshot& snapshot, const Watch& watch, Notes& notes);
void find_ends_that_miss(const panel::Snapshot& snapshot, const Watch& watch, Notes& notes);
// Ids.
void find_ids_spelled_alike(const panel::Snapshot& snapshot, const Watch& watch, Notes& notes);
void find_keys_spelled_alike(const panel::Snapshot& snapshot, const Watch& watch, Notes& notes);
void find_joined_ids(const panel::Snapshot& snapshot, const Watch& watch, Notes& notes);
// Accounts.
void find_accounts_never_shown(const panel::Snapshot& snapshot, const Watch& watch, Notes& notes);
/// The accounts and the revenue behind `orphans` of a table, as a sentence.
[[nodiscard]] std::string meaning_of_orphans(const panel::Snapshot& snapshot, std::size_t table);

/// The keys of a table with `through` that the table of keys does not have, as a sentence.
[[nodiscard]] std::string meaning_of_no_owner(const panel::Snapshot& snapshot, std::size_t table);

/// 5000 as 5,000.
[[nodiscard]] std::string with_commas(std::int64_t count);

}  // namespace customerhealth::engine
