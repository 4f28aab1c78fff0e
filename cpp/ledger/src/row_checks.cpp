#include "row_checks.hpp"

#include <algorithm>
#include <array>
#include <mutex>

#include "customerhealth/common/length.hpp"
#include "sources.hpp"

namespace customerhealth::ledger {
namespace {

constexpr std::int64_t kBlock = 2048;
constexpr std::int64_t kStripe = kBlock * 64;

/// What one stripe of rows counted of one check.
struct Count {
  std::int64_t rows = 0, first = -1;
  Instant time = kMissingInstant, other = kMissingInstant;

  void add(std::int64_t row, Instant a, Instant b) noexcept {
    if (rows++ == 0) first = row, time = a, other = b;
  }
};

struct Counts {
  Count null_account, null_time, end_not_after_start, known_before_time;
};

class RowChecker {
 public:
  explicit RowChecker(Loading& loading) : loading_{&loading}, spec_{loading.spec} {
    if (spec_->time) time_ = source(*spec_->time);
    if (spec_->end) other_ = source(*spec_->end);
    if (spec_->known && (spec_->kind == model::TableKind::events || spec_->kind == model::TableKind::states)) {
      other_ = source(*spec_->known);
    }
  }

  Counts check(std::int64_t begin, std::int64_t end) const {
    Counts counts;
    std::array<Instant, kBlock> time_scratch, other_scratch;
    for (std::int64_t row = begin; row < end; row += kBlock) {
      const auto count = static_cast<std::size_t>(std::min(kBlock, end - row));
      const auto* times = time_ ? time_(row, std::span{time_scratch}.first(count)) : nullptr;
      const auto* others = other_ ? other_(row, std::span{other_scratch}.first(count)) : nullptr;
      for (std::size_t i = 0; i < count; ++i) check_row(row + static_cast<std::int64_t>(i), times, others, i, counts);
    }
    return counts;
  }

 private:
  [[nodiscard]] Partition::Source<Instant> source(std::int32_t column) const {
    const std::size_t place = loading_->columns[static_cast<std::size_t>(column)];
    return instant_source(loading_->table->chunks(place), *spec_, column, loading_->rows_before);
  }

  void check_row(std::int64_t row, const Instant* times, const Instant* others, std::size_t i, Counts& counts) const {
    auto& account = loading_->accounts[static_cast<std::size_t>(row)];
    if (account < 0) return counts.null_account.add(row, kMissingInstant, kMissingInstant);
    if (times == nullptr) return;
    if (is_missing(times[i])) {
      account = -1;
      return counts.null_time.add(row, kMissingInstant, kMissingInstant);
    }
    if (others == nullptr || is_missing(others[i])) return;
    if (spec_->end && others[i] < times[i]) counts.end_not_after_start.add(row, times[i], others[i]);
    if (!spec_->end && others[i] < times[i]) counts.known_before_time.add(row, times[i], others[i]);
  }

  Loading* loading_;
  const model::TableSpec* spec_;
  Partition::Source<Instant> time_, other_;  // other: the end of intervals, else `known`
};

std::string example_of(const model::TableSpec& spec, const Count& count) {
  if (is_missing(count.time)) return "";
  const auto column = [&](const std::optional<std::int32_t>& index) {
    return spec.columns[static_cast<std::size_t>(*index)];
  };
  return column(spec.time) + " " + customerhealth::to_string(count.time) + ", " +
         column(spec.end ? spec.end : spec.known) + " " + customerhealth::to_string(count.other);
}

}  // namespace

std::vector<Finding> check_rows(Loading& loading, Watch& watch) {
  const std::int64_t rows = loading.table->rows();
  const std::int64_t stripes = (rows + kStripe - 1) / kStripe;
  std::vector<Counts> counts(static_cast<std::size_t>(stripes));
  const RowChecker checker{loading};
  for_each(stripes, [&](std::int64_t stripe) {
    watch.check();
    counts[static_cast<std::size_t>(stripe)] = checker.check(stripe * kStripe, std::min(rows, (stripe + 1) * kStripe));
  });
  std::vector<Finding> findings;
  const auto add = [&](Finding::Check check, Count Counts::* member) {
    Count total;
    for (const Counts& stripe : counts) {
      const Count& count = stripe.*member;
      if (total.rows == 0)
        total = count;
      else
        total.rows += count.rows;
    }
    if (total.rows == 0) return;
    findings.push_back({check, total.rows, loading.rows_before + total.first, example_of(*loading.spec, total)});
  };
  add(Finding::Check::null_account, &Counts::null_account);
  add(Finding::Check::null_time, &Counts::null_time);
  add(Finding::Check::end_not_after_start, &Counts::end_not_after_start);
  add(Finding::Check::known_before_time, &Counts::known_before_time);
  return findings;
}

}  // namespace customerhealth::ledger
