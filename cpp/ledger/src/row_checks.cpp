#include "row_checks.hpp"

#include <algorithm>
#include <array>
#include <chrono>
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

constexpr std::size_t kRoles = 3;  // time, end, known

struct Counts {
  Count null_account, null_time, end_not_after_start, known_before_time;
  std::array<std::array<Count, kEras>, kRoles> far;
};

constexpr Instant year(int number) { return Instant{std::chrono::sys_days{std::chrono::year{number} / 1 / 1}}; }
constexpr Instant k1980 = year(1980), k1990 = year(1990), k2200 = year(2200);

/// Whether some lie in one of the eras. Without a branch a row, since nearly every block has none.
bool has_far(std::span<const Instant> times) noexcept {
  bool found = false;
  for (const Instant t : times) found |= (t >= k2200) | ((t < k1990) & (t != kMissingInstant));
  return found;
}

std::optional<FarTimes::Era> era_of(Instant t) noexcept {
  if (t >= k2200) return FarTimes::Era::after_2200;
  if (t < k1980) return FarTimes::Era::before_1980;
  return t < k1990 ? std::optional{FarTimes::Era::the_eighties} : std::nullopt;
}

class RowChecker {
 public:
  explicit RowChecker(Loading& loading) : loading_{&loading}, spec_{loading.spec} {
    columns_ = {spec_->time, spec_->end, spec_->known};
    for (std::size_t role = 0; role < kRoles; ++role) {
      const auto before = std::span{columns_}.first(role);  // a column of two roles is read once
      if (columns_[role] && std::ranges::find(before, columns_[role]) == before.end()) {
        sources_[role] = source(*columns_[role]);
      }
    }
    if (spec_->end) other_ = 1;
    if (spec_->known && (spec_->kind == model::TableKind::events || spec_->kind == model::TableKind::states)) {
      other_ = 2;
    }
  }

  [[nodiscard]] const std::optional<std::int32_t>& column(std::size_t role) const noexcept { return columns_[role]; }

  Counts check(std::int64_t begin, std::int64_t end) const {
    Counts counts;
    std::array<std::array<Instant, kBlock>, kRoles> scratch;
    for (std::int64_t row = begin; row < end; row += kBlock) {
      const auto count = static_cast<std::size_t>(std::min(kBlock, end - row));
      std::array<const Instant*, kRoles> roles{};
      for (std::size_t role = 0; role < kRoles; ++role) {
        if (sources_[role]) roles[role] = sources_[role](row, std::span{scratch[role]}.first(count));
      }
      const auto* others = other_ ? roles[columns_[*other_] == columns_[0] ? 0 : *other_] : nullptr;
      for (std::size_t i = 0; i < count; ++i) {
        check_row(row + static_cast<std::int64_t>(i), roles[0], others, i, counts);
      }
      for (std::size_t role = 0; role < kRoles; ++role) {
        if (roles[role] != nullptr) count_far(row, {roles[role], count}, counts.far[role]);
      }
    }
    return counts;
  }

 private:
  [[nodiscard]] Partition::Source<Instant> source(std::int32_t column) const {
    const std::size_t place = loading_->columns[static_cast<std::size_t>(column)];
    return instant_source(loading_->table->chunks(place), *spec_, column, loading_->numbers, loading_->end_is);
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

  /// After check_row: rows that do not exist are none.
  void count_far(std::int64_t row, std::span<const Instant> times, std::array<Count, kEras>& far) const {
    if (!has_far(times)) return;
    for (std::size_t i = 0; i < times.size(); ++i, ++row) {
      if (is_missing(times[i]) || loading_->accounts[static_cast<std::size_t>(row)] < 0) continue;
      if (const auto era = era_of(times[i])) far[static_cast<std::size_t>(*era)].add(row, times[i], kMissingInstant);
    }
  }

  Loading* loading_;
  const model::TableSpec* spec_;
  std::array<std::optional<std::int32_t>, kRoles> columns_;
  std::array<Partition::Source<Instant>, kRoles> sources_;
  std::optional<std::size_t> other_;  // what is compared with the time: the end of intervals, else `known`
};

std::string example_of(const model::TableSpec& spec, const Count& count) {
  if (is_missing(count.time)) return "";
  const auto column = [&](const std::optional<std::int32_t>& index) {
    return spec.columns[static_cast<std::size_t>(*index)];
  };
  return column(spec.time) + " " + customerhealth::to_string(count.time) + ", " +
         column(spec.end ? spec.end : spec.known) + " " + customerhealth::to_string(count.other);
}

template <class Of>
Count total_of(const std::vector<Counts>& counts, const Of& of) {
  Count total;
  for (const Counts& stripe : counts) {
    const Count count = of(stripe);
    if (total.rows == 0)
      total = count;
    else
      total.rows += count.rows;
  }
  return total;
}

/// Whether the account of a row is an empty text, rather than null.
bool is_empty_text(const std::vector<arrow::ColumnChunk>& chunks, std::int64_t row) {
  for (const arrow::ColumnChunk& chunk : chunks) {
    if (row < chunk.rows()) {
      std::string_view text;
      if (chunk.kind() == arrow::SourceKind::text) chunk.texts(row, {&text, 1});
      return text.data() != nullptr;
    }
    row -= chunk.rows();
  }
  return false;
}

std::string example_of_no_account(const Loading& loading, std::int64_t row) {
  const auto column = static_cast<std::size_t>(loading.spec->account);
  if (!is_empty_text(loading.table->chunks(loading.columns[column]), row)) return "";
  return loading.spec->columns[column] + " is an empty text";
}

}  // namespace

RowsFound check_rows(Loading& loading, Watch& watch) {
  const std::int64_t rows = loading.table->rows();
  const std::int64_t stripes = (rows + kStripe - 1) / kStripe;
  std::vector<Counts> counts(static_cast<std::size_t>(stripes));
  const RowChecker checker{loading};
  for_each(stripes, [&](std::int64_t stripe) {
    watch.check();
    counts[static_cast<std::size_t>(stripe)] = checker.check(stripe * kStripe, std::min(rows, (stripe + 1) * kStripe));
  });
  RowsFound found;
  const auto add = [&](Finding::Check check, Count Counts::* member) {
    const Count total = total_of(counts, [member](const Counts& stripe) { return stripe.*member; });
    if (total.rows == 0) return;
    const std::string example = check == Finding::Check::null_account ? example_of_no_account(loading, total.first)
                                                                      : example_of(*loading.spec, total);
    found.findings.push_back({check, total.rows, loading.numbers(total.first), example});
  };
  add(Finding::Check::null_account, &Counts::null_account);
  add(Finding::Check::null_time, &Counts::null_time);
  add(Finding::Check::end_not_after_start, &Counts::end_not_after_start);
  add(Finding::Check::known_before_time, &Counts::known_before_time);
  for (std::size_t role = 0; role < kRoles; ++role) {
    for (std::size_t era = 0; era < kEras; ++era) {
      const Count total = total_of(counts, [=](const Counts& stripe) { return stripe.far[role][era]; });
      if (total.rows == 0) continue;
      found.far_times.push_back({*checker.column(role), static_cast<FarTimes::Era>(era), total.rows,
                                 loading.numbers(total.first), total.time});
    }
  }
  return found;
}

}  // namespace customerhealth::ledger
