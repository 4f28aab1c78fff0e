#include "customerhealth/ledger/quality.hpp"

#include <algorithm>
#include <utility>

namespace customerhealth::ledger {

const char* to_string(Finding::Check check) noexcept {
  switch (check) {
    case Finding::Check::null_account:
      return "null_account";
    case Finding::Check::null_time:
      return "null_time";
    case Finding::Check::end_not_after_start:
      return "end_not_after_start";
    case Finding::Check::known_before_time:
      return "known_before_time";
    case Finding::Check::time_twice:
      return "time_twice";
    case Finding::Check::time_never:
      return "time_never";
    case Finding::Check::duplicate_accounts:
      return "duplicate_accounts";
    case Finding::Check::orphans:
      return "orphans";
    case Finding::Check::key_in_accounts:
      return "key_in_accounts";
    case Finding::Check::key_moved:
      return "key_moved";
    case Finding::Check::null_key:
      return "null_key";
    case Finding::Check::no_owner:
      return "orphans";
    case Finding::Check::table_not_given:
      return "table_not_given";
    case Finding::Check::no_json:
      return "no_json";
    case Finding::Check::mixed_types:
      return "mixed_types";
    case Finding::Check::no_list:
      return "no_list";
    case Finding::Check::no_rows:
      return "no_rows";
  }
  return "";
}

void merge_findings(std::vector<Finding>& findings, const std::vector<Finding>& more) {
  for (const Finding& finding : more) {
    const auto same = std::ranges::find_if(
        findings, [&](const Finding& known) { return known.check == finding.check && known.column == finding.column; });
    if (same == findings.end()) {
      findings.push_back(finding);
    } else {
      same->rows += finding.rows;
    }
  }
}

void merge_far_times(std::vector<FarTimes>& far, const std::vector<FarTimes>& more) {
  const auto place = [](const FarTimes& times) { return std::pair{times.column, times.era}; };
  for (const FarTimes& times : more) {
    const auto same = std::ranges::find(far, place(times), place);
    if (same == far.end()) {
      far.push_back(times);
    } else {
      same->rows += times.rows;
    }
  }
  std::ranges::sort(far, {}, place);
}

}  // namespace customerhealth::ledger
