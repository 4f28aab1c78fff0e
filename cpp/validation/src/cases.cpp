#include "customerhealth/validation/cases.hpp"

#include <algorithm>
#include <string>

#include "customerhealth/common/errors.hpp"

namespace customerhealth::validation {

std::int64_t Cases::account_total() const noexcept {
  return accounts.empty() ? 0 : std::int64_t{*std::ranges::max_element(accounts)} + 1;
}

void Cases::check() const {
  constexpr std::size_t kMost = std::size_t{1} << 26;
  if (accounts.size() != events.size()) {
    throw DataError{
        "accounts: " + std::to_string(accounts.size()) + " rows where events has " + std::to_string(events.size()), "",
        "accounts"};
  }
  if (events.size() > kMost) {
    throw DataError{
        "events: expected at most " + std::to_string(kMost) + " cases, got " + std::to_string(events.size()), "",
        "events"};
  }
  const auto bad = std::ranges::find_if(accounts, [](std::int32_t code) { return code < 0; });
  if (bad != accounts.end()) {
    const std::int64_t row = bad - accounts.begin();
    throw DataError{"accounts[" + std::to_string(row) + "]: expected a code of 0 or more, got " + std::to_string(*bad),
                    "", "accounts", row, 1};
  }
}

}  // namespace customerhealth::validation
