#include "strict.hpp"

#include "customerhealth/common/errors.hpp"

namespace customerhealth::ledger {
namespace {

/// The column that a check is about.
std::string column_of(const model::TableSpec& spec, const Finding& finding) {
  if (!finding.column.empty()) return finding.column;
  const auto name = [&](const std::optional<std::int32_t>& column) {
    return column ? spec.columns[static_cast<std::size_t>(*column)] : std::string{};
  };
  switch (finding.check) {
    case Finding::Check::null_time:
      return name(spec.time);
    case Finding::Check::end_not_after_start:
      return name(spec.end);
    case Finding::Check::known_before_time:
      return name(spec.known);
    case Finding::Check::null_key:
      return name(spec.key);
    default:
      return name(spec.account);
  }
}

const char* meaning_of(Finding::Check check) noexcept {
  switch (check) {
    case Finding::Check::null_account:
      return "rows without an account";
    case Finding::Check::null_time:
      return "rows without a time";
    case Finding::Check::end_not_after_start:
      return "intervals that end before they start";
    case Finding::Check::known_before_time:
      return "rows that were known before they happened";
    case Finding::Check::duplicate_accounts:
      return "rows that repeat an account, and no `known` tells which counts";
    case Finding::Check::orphans:
      return "rows of accounts that the accounts table does not have";
    case Finding::Check::no_json:
      return "texts that are no JSON, into which a path goes";
    case Finding::Check::mixed_types:
      return "values of another type than the column's";
    case Finding::Check::no_list:
      return "cells that are no lists, of which each element is a row";
    case Finding::Check::null_key:
      return "rows without a key";
    case Finding::Check::no_owner:
      return "rows of keys that the table of keys does not have";
    case Finding::Check::key_in_accounts:
    case Finding::Check::key_moved:
    case Finding::Check::table_not_given:
    case Finding::Check::no_rows:
    case Finding::Check::time_twice:
    case Finding::Check::time_never:
      return "";
  }
  return "";
}

bool passes(Finding::Check check, Strictness strictness) noexcept {
  using Check = Finding::Check;
  if (check == Check::table_not_given || check == Check::no_rows) return true;
  if (check == Check::time_twice || check == Check::time_never) return true;  // each is an instant by a rule
  return (check == Finding::Check::orphans || check == Finding::Check::no_owner) && strictness != Strictness::all;
}

}  // namespace

void refuse(const model::Model& model, const Ledger& ledger, Strictness strictness) {
  for (std::size_t t = 0; t < model.tables.size(); ++t) {
    for (const Finding& finding : findings_of(model, ledger, t)) {
      if (passes(finding.check, strictness)) continue;
      const std::string column = column_of(model.tables[t], finding);
      const std::string example = finding.example.empty() ? "" : " (" + finding.example + ")";
      throw DataError{model.tables[t].name + "." + column + "[" + std::to_string(finding.first_row) + "]" + example +
                          ": " + std::to_string(finding.rows) + " " + meaning_of(finding.check) +
                          "; strict refuses them",
                      model.tables[t].name, column, finding.first_row, finding.rows};
    }
  }
}

}  // namespace customerhealth::ledger
