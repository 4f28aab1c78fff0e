#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace customerhealth::ledger {

/// Something about a table's rows that its owner should know; a row of `quality()`.
struct Finding {
  enum class Check : std::uint8_t {
    null_account,         // the row does not exist
    null_time,            // the row does not exist (start, of intervals)
    end_not_after_start,  // visible and never alive
    known_before_time,    // events and states known before they happened
    duplicate_accounts,   // several rows of an accounts table without `known`
    orphans,              // rows of accounts that the accounts table does not have
    key_in_accounts,      // a key of events or intervals that stands in several accounts
    table_not_given,      // a table of the model: taken as empty
    no_json,              // texts that a path goes into and that are no JSON
    mixed_types,          // what a path finds in JSON is no value of the column's type
    no_rows,              // a table that was given and had not a single row
  };
  Check check = Check::null_account;
  std::int64_t rows = 0;
  std::int64_t first_row = -1;  // in the table as given, appends counted on; -1: not a matter of rows
  std::string example;
  std::string column = {};  // where a table may have the same finding for several
};
[[nodiscard]] const char* to_string(Finding::Check check) noexcept;

/// Adds findings of a further load to those there were.
void merge_findings(std::vector<Finding>& findings, const std::vector<Finding>& more);

}  // namespace customerhealth::ledger
