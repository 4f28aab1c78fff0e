#include <algorithm>
#include <unordered_map>

#include "checks.hpp"
#include "spellings.hpp"

namespace customerhealth::engine {
namespace {

/// A key of a table, and the rows that have it.
struct KeyUse {
  std::string_view text;
  std::int64_t rows = 0, first_row = -1;
};

/// The keys of a table that are texts.
std::vector<KeyUse> text_keys(const ledger::TableData& table, std::int32_t column, const ledger::TextDictionary& texts,
                              const Watch& watch) {
  std::unordered_map<std::int32_t, KeyUse> of_code;
  for (const auto& segment : table.segments) {
    watch.check();
    const auto* codes = std::get_if<Buffer<TextCode>>(&segment->columns[static_cast<std::size_t>(column)]);
    for (std::size_t row = 0; codes != nullptr && row < codes->size(); ++row) {
      if ((*codes)[row].is_missing()) continue;
      KeyUse& use = of_code[(*codes)[row].get()];
      const std::int64_t given = segment->given[row];
      use.first_row = use.rows++ == 0 ? given : std::min(use.first_row, given);
    }
  }
  std::vector<KeyUse> keys;
  for (auto& [code, use] : of_code) {
    use.text = texts.text(TextCode{code});
    keys.push_back(use);
  }
  std::ranges::sort(keys, {}, &KeyUse::first_row);
  return keys;
}

struct RespelledKeys {
  std::int64_t rows = 0, keys = 0;
  KeyUse first, other;
  Differences differences;

  void add(const KeyUse& key, const KeyUse& before) {
    rows += key.rows;
    differences.add(Differences::between(key.text, before.text));
    if (keys++ == 0 || key.first_row < first.first_row) first = key, other = before;
  }
};

/// Of one key in several spellings the first in the table counts.
RespelledKeys respelled(const std::vector<KeyUse>& keys, const Watch& watch) {
  std::vector<std::string_view> texts;
  for (const KeyUse& key : keys) texts.push_back(key.text);
  RespelledKeys found;
  std::vector<bool> is_found(keys.size());
  const bool case_matters = are_tokens(texts);
  for (const std::vector<std::size_t>& group : groups_alike(texts, watch)) {
    const KeyUse& before = keys[group.front()];  // by their first rows
    for (const std::size_t place : std::span{group}.subspan(1)) {
      if (is_found[place] || (case_matters && Differences::between(keys[place].text, before.text).by_case)) continue;
      is_found[place] = true;
      found.add(keys[place], before);
    }
  }
  return found;
}

}  // namespace

void find_keys_spelled_alike(const panel::Snapshot& snapshot, const Watch& watch, Notes& notes) {
  for (std::size_t t = 0; t < snapshot.model->tables.size(); ++t) {
    const model::TableSpec& spec = snapshot.model->tables[t];
    if (!spec.key || spec.key == spec.account || !ledger::keeps_places(spec)) continue;
    const RespelledKeys found =
        respelled(text_keys(snapshot.ledger->tables[t], *spec.key, *snapshot.ledger->texts, watch), watch);
    if (found.rows == 0) continue;
    notes.push_back({spec.name, "keys_spelled_alike", found.rows, found.first.first_row,
                     "key '" + std::string{found.first.text} + "', and '" + std::string{found.other.text} + "' before",
                     with_commas(found.keys) + (found.keys == 1 ? " key differs" : " keys differ") +
                         " from another only " + found.differences.words() +
                         ": their rows do not correct those of the other, and both count; write all keys one way (" +
                         found.differences.cure() + ")"});
  }
}

}  // namespace customerhealth::engine
