#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "customerhealth/common/instant.hpp"

namespace customerhealth::ledger {

/// Something about a table's rows that its owner should know; a row of `quality()`.
struct Finding {
  enum class Check : std::uint8_t {
    null_account,         // the row does not exist
    null_time,            // the row does not exist (start, of intervals)
    end_not_after_start,  // visible and never alive
    known_before_time,    // events and states known before they happened
    time_twice,           // on the clocks of its zone the time comes twice: the first
    time_never,           // on the clocks of its zone the time never comes: the instant of the jump
    duplicate_accounts,   // several rows of an accounts table without `known`
    orphans,              // rows of accounts that the accounts table does not have
    key_in_accounts,      // a key of events or intervals that stands in several accounts
    key_moved,            // a key of a table of keys that was another account's
    null_key,             // a row of a table of keys without a key: it says nothing
    no_owner,             // rows whose account is a key that the table of keys does not have
    table_not_given,      // a table of the model: taken as empty
    no_json,              // texts that a path goes into and that are no JSON
    mixed_types,          // what a path finds in JSON is no value of the column's type
    no_list,              // cells of which each element is a row and that are no lists: they make none
    no_rows,              // a table that was given and had not a single row
  };
  Check check = Check::null_account;
  std::int64_t rows = 0;
  std::int64_t first_row = -1;  // in the table as given, appends counted on; -1: not a matter of rows
  std::string example;
  std::string column = {};  // where a table may have the same finding for several
};
[[nodiscard]] const char* to_string(Finding::Check check) noexcept;

/// Instants of a role's column that were likely read in a wrong unit: seconds read as milliseconds lie in January 1970,
/// milliseconds read as seconds in the year 58000. Open ends are none.
struct FarTimes {
  enum class Era : std::uint8_t {
    before_1980,
    the_eighties,  // a table that has some of these is old itself
    after_2200,
  };
  std::int32_t column = 0;  // in TableSpec::columns
  Era era = Era::before_1980;
  std::int64_t rows = 0;
  std::int64_t first_row = -1;  // in the table as given, appends counted on
  Instant first = kMissingInstant;
};
inline constexpr std::size_t kEras = 3;

/// Adds findings of a further load to those there were.
void merge_findings(std::vector<Finding>& findings, const std::vector<Finding>& more);
/// The same for times; in the order of columns and eras.
void merge_far_times(std::vector<FarTimes>& far, const std::vector<FarTimes>& more);

}  // namespace customerhealth::ledger
