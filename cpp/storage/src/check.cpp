#include "customerhealth/storage/check.hpp"

#include <algorithm>
#include <atomic>
#include <string>

#include "customerhealth/common/errors.hpp"

namespace customerhealth::storage {
namespace {

constexpr std::int64_t kRowsPerTask = 1 << 18;

[[noreturn]] void refuse(const std::string& table, const std::string& what) {
  throw DataError{"the saved portfolio cannot be read: table '" + table + "': " + what, table, ""};
}

/// Whether all values pass; many rows to a task.
template <class Passes>
bool all_rows(std::int64_t rows, const Watch& watch, const Passes& passes) {
  std::atomic<bool> all = true;
  for_each((rows + kRowsPerTask - 1) / kRowsPerTask, [&](std::int64_t task) {
    watch.check();
    bool own = true;
    const std::int64_t end = std::min(rows, (task + 1) * kRowsPerTask);
    for (std::int64_t row = task * kRowsPerTask; row < end; ++row) own &= passes(static_cast<std::size_t>(row));
    if (!own) all.store(false, std::memory_order_relaxed);
  });
  return all;
}

class SegmentCheck {
 public:
  SegmentCheck(const model::TableSpec& spec, const ledger::TableData& table, const ledger::Segment& segment,
               std::int32_t accounts, std::int32_t texts, const Watch& watch)
      : spec_{&spec}, table_{&table}, segment_{&segment}, accounts_{accounts}, texts_{texts}, watch_{&watch} {}

  void run() const {
    check_runs();
    if (segment_->columns.size() != spec_->columns.size()) refuse("it has other columns than the model reads");
    for (std::size_t c = 0; c < segment_->columns.size(); ++c) check_column(c);
    check_roles();
    check_places();
    check_times();
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const { storage::refuse(spec_->name, what); }

  void check_runs() const {
    const auto& begins = segment_->begins;
    if (begins.size() < 2 || begins.front() != 0 || !std::ranges::is_sorted(begins)) refuse("its runs do not ascend");
    const auto count = static_cast<std::size_t>(segment_->account_count());
    if (segment_->first_rows.size() != count) refuse("its runs are not those of as many accounts");
    const auto& accounts = segment_->accounts;
    if (accounts.empty() && count > static_cast<std::size_t>(accounts_)) refuse("it has more runs than accounts");
    if (accounts.empty()) return;
    if (accounts.size() != count || accounts.front().get() < 0 || accounts.back().get() >= accounts_ ||
        std::ranges::adjacent_find(accounts, std::ranges::greater_equal{}) != accounts.end()) {
      refuse("its runs are of no accounts");
    }
  }

  void check_column(std::size_t c) const {
    const ledger::StoredColumn& column = segment_->columns[c];
    const std::string& name = spec_->columns[c];
    const Type type = type_of(ledger::view_of(column));
    if (type != Type::any && type != table_->types[c]) refuse("column '" + name + "' is of another type than it was");
    if (const auto* codes = std::get_if<Buffer<TextCode>>(&column)) {
      const auto is_text = [&](std::size_t row) {
        const std::int32_t code = (*codes)[row].get();
        return -1 <= code && code < texts_;
      };
      if (!all_rows(segment_->rows(), *watch_, is_text)) refuse("column '" + name + "' has texts that do not exist");
    }
    if (const auto* integers = std::get_if<ledger::IntegerBuffer>(&column); integers && !integers->wide.empty()) {
      const auto most = static_cast<std::int64_t>(integers->wide.size());
      const auto is_place = [&](std::size_t row) {
        return (!integers->valid.empty() && integers->valid[row] == 0) ||
               (0 <= integers->values[row] && integers->values[row] < most);
      };
      const bool ascend = std::ranges::is_sorted(integers->wide);
      if (!ascend || !all_rows(segment_->rows(), *watch_, is_place)) refuse("column '" + name + "' is no integers");
    }
    if (const auto* truths = std::get_if<Buffer<Truth>>(&column)) {
      const auto is_truth = [&](std::size_t row) { return (*truths)[row] <= Truth::missing; };
      if (!all_rows(segment_->rows(), *watch_, is_truth)) refuse("column '" + name + "' is neither true nor false");
    }
  }

  template <class T>
  void need(std::optional<std::int32_t> role, bool may_miss) const {
    if (!role) return;
    const ledger::StoredColumn& column = segment_->columns[static_cast<std::size_t>(*role)];
    if (std::holds_alternative<Buffer<T>>(column) || (may_miss && std::holds_alternative<MissingView>(column))) return;
    refuse("column '" + spec_->columns[static_cast<std::size_t>(*role)] + "' is not what its role needs");
  }

  void check_roles() const {
    need<Instant>(spec_->time, false);
    need<Instant>(spec_->end, true);
    need<Instant>(spec_->known, true);
    need<Truth>(spec_->deleted, true);
  }

  void check_places() const {
    const auto rows = static_cast<std::size_t>(segment_->rows());
    const auto fits = [&](const auto& places, bool wanted) { return places.size() == (wanted ? rows : 0); };
    if (!fits(segment_->given, ledger::keeps_places(*spec_)) ||
        !fits(segment_->serial, ledger::keeps_serials(*spec_))) {
      refuse("it lacks the places of its rows");
    }
    if (segment_->arrival.empty()) return;
    each_run([&](std::size_t begin, std::size_t end) {
      for (std::size_t row = begin; row < end; ++row) {
        if (segment_->arrival[row] >= end - begin) return false;
      }
      return true;
    }) ||
        (refuse("its order of arrival is none"), false);
  }

  void check_times() const {
    if (!spec_->time) return;
    const auto& times = std::get<Buffer<Instant>>(segment_->columns[static_cast<std::size_t>(*spec_->time)]);
    const bool ascend = each_run([&](std::size_t begin, std::size_t end) {
      return !is_missing(times[begin]) && std::ranges::is_sorted(times.span().subspan(begin, end - begin));
    });
    if (!ascend) refuse("its times do not ascend");
  }

  /// Whether all runs that have rows pass.
  template <class Passes>
  [[nodiscard]] bool each_run(const Passes& passes) const {
    constexpr std::int64_t kRuns = 1024;
    std::atomic<bool> all = true;
    const std::int64_t count = segment_->account_count();
    for_each((count + kRuns - 1) / kRuns, [&](std::int64_t task) {
      watch_->check();
      for (std::int64_t run = task * kRuns; run < std::min(count, (task + 1) * kRuns); ++run) {
        const auto begin = static_cast<std::size_t>(segment_->begins[static_cast<std::size_t>(run)]);
        const auto end = static_cast<std::size_t>(segment_->begins[static_cast<std::size_t>(run) + 1]);
        if (begin < end && !passes(begin, end)) all.store(false, std::memory_order_relaxed);
      }
    });
    return all;
  }

  const model::TableSpec* spec_;
  const ledger::TableData* table_;
  const ledger::Segment* segment_;
  std::int32_t accounts_, texts_;
  const Watch* watch_;
};

/// Ids in their order, each once, so that `order` has every account.
void check_order(const ledger::Ledger& ledger) {
  const auto is_account = [&](AccountCode code) { return 0 <= code.get() && code.get() < ledger.account_count; };
  const auto falls = [&](AccountCode a, AccountCode b) { return !ledger.ids->less(a, b); };
  if (ledger.ids->size() != ledger.account_count || std::ssize(ledger.order) != ledger.account_count ||
      !std::ranges::all_of(ledger.order, is_account) ||
      std::ranges::adjacent_find(ledger.order, falls) != ledger.order.end()) {
    throw DataError{"the saved portfolio cannot be read: its accounts are not in the order of their ids", "", ""};
  }
}

}  // namespace

void check_ledger(const model::Model& model, const ledger::Ledger& ledger, const Watch& watch) {
  check_order(ledger);
  for (std::size_t t = 0; t < model.tables.size(); ++t) {
    const model::TableSpec& spec = model.tables[t];
    const ledger::TableData& table = ledger.tables[t];
    const std::size_t columns = spec.columns.size();
    if (table.types.size() != columns || table.declared.size() != columns || table.lines.size() != columns) {
      refuse(spec.name, "it has other columns than the model reads");
    }
    for (const ledger::FarTimes& far : table.far_times) {
      if (far.column < 0 || static_cast<std::size_t>(far.column) >= columns)
        refuse(spec.name, "a finding has no column");
    }
    const auto check = [&](const auto& segments, std::int32_t accounts) {
      for (const auto& segment : segments) {
        SegmentCheck{spec, table, *segment, accounts, ledger.texts->size(), watch}.run();
      }
    };
    check(table.segments, ledger.account_count);
    if (spec.through) check(ledger.keyed[t].segments, ledger.keys[spec.through->place()]->size());
    if (spec.kind == model::TableKind::keys) {
      for (const ledger::KeyOwners::Owner& owner : ledger.owners[t]->owners()) {
        if (owner.account < -1 || owner.account >= ledger.account_count) refuse(spec.name, "a key is nobody's");
      }
    }
  }
}

}  // namespace customerhealth::storage
