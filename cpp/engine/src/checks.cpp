#include "checks.hpp"

#include <algorithm>
#include <array>

#include "customerhealth/ledger/ledger.hpp"

namespace customerhealth::engine {
namespace {

using Check = void (*)(const panel::Snapshot&, const Watch&, Notes&);
constexpr std::array kChecks{
    static_cast<Check>(find_wheres_never_true),
    find_values_never_seen,
    find_words_that_do_not_exist,
    find_repeated_rows,
    find_rows_far_before_others,
    find_times_far_away,
    find_known_long_after,
    find_accounts_never_shown,
    find_ids_spelled_alike,
    find_keys_spelled_alike,
    find_joined_ids,
    find_ends_that_miss,
};

std::string meaning_of(const panel::Snapshot& snapshot, std::size_t table, ledger::Finding::Check check) {
  switch (check) {
    case ledger::Finding::Check::null_account:
      return "rows without an account belong to nobody and are left out";
    case ledger::Finding::Check::null_time:
      return "rows without a time are left out";
    case ledger::Finding::Check::end_not_after_start:
      return "intervals that end before they start are never alive";
    case ledger::Finding::Check::known_before_time:
      return "rows that were known before they happened count once they have happened";
    case ledger::Finding::Check::time_twice:
      return "times that stand twice on the clocks of their zone, as clocks are set back, are taken for the first";
    case ledger::Finding::Check::time_never:
      return "times that never stand on the clocks of their zone, as clocks are set forward, are the instant of the "
             "jump";
    case ledger::Finding::Check::duplicate_accounts:
      return "of several rows of an account without `known` the last counts";
    case ledger::Finding::Check::orphans:
      return meaning_of_orphans(snapshot, table);
    case ledger::Finding::Check::key_in_accounts:
      return "keys are looked at account by account: rows of one key in several accounts count in each; take the key "
             "back where it is no more (`deleted`), unless each account counts for itself";
    case ledger::Finding::Check::key_moved:
      return "keys that were given to several accounts: the last row gives the account at all as-ofs, so what a key "
             "did "
             "before moved with it";
    case ledger::Finding::Check::null_key:
      return "rows without a key say nothing and are left out";
    case ledger::Finding::Check::no_owner:
      return meaning_of_no_owner(snapshot, table);
    case ledger::Finding::Check::table_not_given:
      return "the table is taken as empty: its metrics are missing, and an accounts table leaves nobody in the panel";
    case ledger::Finding::Check::no_json:
      return "a path goes into these texts and they are no JSON: what the model reads there is missing";
    case ledger::Finding::Check::mixed_types:
      return "what stands there in these rows is no value of the column's type, or nothing to go on into: it is "
             "missing";
    case ledger::Finding::Check::no_list:
      return "each element of these cells is a row, and they are no lists: they make none; a text with several values "
             "in it needs `split`";
    case ledger::Finding::Check::no_rows:
      return "the table was given and has no row, so its metrics have nothing to count; a stream can be read once: "
             "make "
             "a new one for each portfolio";
  }
  return "";
}

}  // namespace

Notes notes_of(const panel::Snapshot& snapshot, const Watch& watch) {
  const model::Model& model = *snapshot.model;
  Notes notes;
  for (std::size_t t = 0; t < model.tables.size(); ++t) {
    std::vector<ledger::Finding> findings = ledger::findings_of(model, *snapshot.ledger, t);
    if (auto moved = ledger::key_in_accounts(model, *snapshot.ledger, t, watch)) findings.push_back(std::move(*moved));
    for (const ledger::Finding& finding : findings) {
      notes.push_back({model.tables[t].name, ledger::to_string(finding.check), finding.rows, finding.first_row,
                       finding.example, meaning_of(snapshot, t, finding.check)});
    }
  }
  for (const Check check : kChecks) {
    watch.check();
    check(snapshot, watch, notes);
  }
  const auto place = [&](const Note& note) {
    const auto table = model.find_table(note.table);
    return table ? table->place() : model.tables.size();
  };
  std::ranges::stable_sort(notes, {}, place);
  return notes;
}

std::string with_commas(std::int64_t count) {
  std::string digits = std::to_string(count);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<std::size_t>(at), 1, ',');
  }
  return digits;
}

}  // namespace customerhealth::engine
