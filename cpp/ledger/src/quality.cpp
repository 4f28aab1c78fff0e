#include "customerhealth/ledger/quality.hpp"

#include <algorithm>

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
    case Finding::Check::duplicate_accounts:
      return "duplicate_accounts";
    case Finding::Check::orphans:
      return "orphans";
    case Finding::Check::key_in_accounts:
      return "key_in_accounts";
    case Finding::Check::table_not_given:
      return "table_not_given";
    case Finding::Check::no_json:
      return "no_json";
    case Finding::Check::mixed_types:
      return "mixed_types";
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

}  // namespace customerhealth::ledger
