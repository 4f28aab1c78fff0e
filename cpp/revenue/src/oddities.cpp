#include "oddities.hpp"

#include <algorithm>
#include <utility>

#include "customerhealth/common/end_gap.hpp"
#include "customerhealth/common/length.hpp"

namespace customerhealth::revenue {
namespace {

bool is_copy(const Contract& a, const Contract& b) noexcept {
  return a.start == b.start && a.end == b.end && a.known == b.known && a.amount == b.amount && a.product == b.product;
}

/// Without a key nothing tells a second contract from a second copy of the first: both count, and are counted.
void count_copies(const std::vector<Current>& contracts, const AccountName& name, Tally& twice) {
  for (std::size_t i = 0; i < contracts.size(); ++i) {
    for (std::size_t j = i; j > 0 && contracts[j - 1].contract.start == contracts[i].contract.start; --j) {
      if (!is_copy(contracts[j - 1].contract, contracts[i].contract)) continue;
      twice.add(contracts[i].given, name);
      break;
    }
  }
}

/// Of the contracts of a product so far the one that ends last, and the next one.
void compare(const Current& latest, const Current& next, const AccountName& name, bool has_key, Tallies& tallies) {
  const Contract &earlier = latest.contract, &later = next.contract;
  const auto dates = [&] {
    const std::string end = earlier.end == kLastInstant ? "open" : to_string(earlier.end);
    return name() + ", end " + end + ", next start " + to_string(later.start);
  };
  if (later.start < earlier.end) {
    const bool is_told = !later.product.is_missing() && (has_key || !is_copy(earlier, later));
    if (is_told) tallies.overlap.add(next.given, dates);
    return;
  }
  switch (end_gap(earlier.end, later.start)) {
    case EndGap::none:
      return;
    case EndGap::moment:
      return tallies.moment_before_start.add(latest.given, dates);
    case EndGap::midnight:
      return tallies.moment_before_midnight.add(latest.given, dates);
    case EndGap::rest_of_day:
      return tallies.day_before_start.add(latest.given, dates);
  }
}

}  // namespace

void Tally::add(const Tally& other) {
  rows += other.rows;
  if (other.first_row < 0 || (first_row >= 0 && first_row <= other.first_row)) return;
  first_row = other.first_row;
  example = other.example;
}

void Tallies::add(Tallies&& other) {
  for (Tally Tallies::* tally :
       {&Tallies::missing_mrr, &Tallies::contract_twice, &Tallies::negative, &Tallies::overlap,
        &Tallies::day_before_start, &Tallies::moment_before_start, &Tallies::moment_before_midnight})
    (this->*tally).add(other.*tally);
  ends.insert(ends.end(), other.ends.begin(), other.ends.end());
}

void look_at(std::vector<Current>& contracts, const AccountName& name, bool has_key, Tallies& tallies) {
  if (!has_key) count_copies(contracts, name, tallies.contract_twice);
  std::ranges::stable_sort(contracts, {}, [](const Current& row) { return row.contract.product; });
  const Current* latest = nullptr;
  for (const Current& next : contracts) {
    if (next.contract.end != kLastInstant) tallies.ends.push_back({next.contract.end, name.account, next.given});
    const bool is_first = latest == nullptr || latest->contract.product != next.contract.product;
    if (!is_first) compare(*latest, next, name, has_key, tallies);
    if (is_first || next.contract.end > latest->contract.end) latest = &next;
  }
}

std::vector<ContractFinding> findings_of(const Tallies& tallies, Instant last, const ledger::AccountIds& ids) {
  Tally not_come;
  for (const End& end : tallies.ends) {
    if (end.at <= last) continue;
    not_come.add(end.given, [&] {
      return AccountName{&ids, end.account}() + ", end " + to_string(end.at) + ", the last start or known " +
             to_string(last);
    });
  }
  // An end a moment before midnight is a last day, unless others are last moments at other times of the day.
  Tally days = tallies.day_before_start, moments = tallies.moment_before_start;
  (moments.rows > 0 ? moments : days).add(tallies.moment_before_midnight);
  std::vector<ContractFinding> findings;
  for (const auto& [check, tally] : {std::pair{"missing_mrr", &tallies.missing_mrr},
                                     {"contract_twice", &tallies.contract_twice},
                                     {"end_day_before_start", &std::as_const(days)},
                                     {"end_moment_before_start", &std::as_const(moments)},
                                     {"contracts_overlap", &tallies.overlap},
                                     {"end_not_come", &std::as_const(not_come)}}) {
    if (tally->rows > 0) findings.push_back({check, tally->rows, tally->first_row, tally->example});
  }
  return findings;
}

}  // namespace customerhealth::revenue
