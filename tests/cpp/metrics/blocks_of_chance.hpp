#pragma once

#include <algorithm>
#include <random>
#include <vector>

#include "customerhealth/ledger/table_data.hpp"
#include "customerhealth/metrics/table_rows.hpp"
#include "entries.hpp"

// Small blocks of rows with every oddity that model.md knows, and what it says of each row, written out.
namespace customerhealth::chance {

inline Instant at(std::int64_t micros) { return Instant{Micros{micros}}; }

enum Column { kAccount, kTime, kEnd, kKnown, kKey, kDeleted, kColumns };

struct Shape {
  model::TableKind kind = model::TableKind::events;
  bool known = false, key = false, deleted = false;
};

inline model::TableSpec spec_of(const Shape& shape) {
  model::TableSpec spec;
  spec.name = "t";
  spec.kind = shape.kind;
  spec.columns.assign(kColumns, "c");
  spec.account = kAccount;
  spec.time = kTime;
  if (shape.kind == model::TableKind::intervals) spec.end = kEnd;
  if (shape.known) spec.known = kKnown;
  if (shape.key) spec.key = kKey;
  if (shape.deleted) spec.deleted = kDeleted;
  return spec;
}

inline std::vector<Shape> shapes() {
  std::vector<Shape> all;
  for (const model::TableKind kind :
       {model::TableKind::events, model::TableKind::intervals, model::TableKind::states}) {
    for (const bool known : {false, true}) {
      for (const int key : {0, 1, 2}) all.push_back({kind, known, key > 0, key == 2});
    }
  }
  return all;
}

/// A few accounts of a few rows each, in the order of time, ties in order of arrival.
inline ledger::TableBlock block(std::mt19937_64& random) {
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<std::uint64_t>(n)); };
  ledger::TableBlock out;
  std::vector<Instant> times, ends, known;
  std::vector<TextCode> keys;
  std::vector<Truth> deleted;
  out.begins.push_back(0);
  for (int a = 0; a < 3; ++a) {
    const auto count = static_cast<std::uint32_t>(below(7));
    std::vector<std::pair<Instant, std::uint32_t>> order;
    for (std::uint32_t i = 0; i < count; ++i) order.emplace_back(at(below(10)), i);
    std::ranges::sort(order);
    for (const auto& [time, arrival] : order) {
      times.push_back(time);
      out.arrival_owned.push_back(arrival);
      ends.push_back(below(4) == 0 ? kMissingInstant : at(below(12)));
      known.push_back(below(4) == 0 ? kMissingInstant : at(below(12)));
      keys.push_back(below(5) == 0 ? TextCode{} : TextCode{below(3)});
      deleted.push_back(below(4) == 0 ? Truth::yes : below(4) == 0 ? Truth::missing : Truth::no);
    }
    out.begins.push_back(static_cast<std::int64_t>(times.size()));
  }
  out.columns.resize(kColumns);
  out.columns[kAccount] = customerhealth::Column{MissingView{times.size()}};
  out.columns[kTime] = customerhealth::Column{times};
  out.columns[kEnd] = customerhealth::Column{ends};
  out.columns[kKnown] = customerhealth::Column{known};
  out.columns[kKey] = customerhealth::Column{keys};
  out.columns[kDeleted] = customerhealth::Column{deleted};
  out.arrival = out.arrival_owned;
  return out;
}

/// The rules for one row of one block, looked up row by row.
class Rules {
 public:
  Rules(const model::TableSpec& spec, const ledger::TableBlock& rows) : spec_{&spec}, rows_{&rows} {}

  [[nodiscard]] Instant time(std::size_t row) const { return instant(kTime, row); }
  [[nodiscard]] Instant end(std::size_t row) const { return instant(kEnd, row); }
  [[nodiscard]] Instant known(std::size_t row) const {
    const Instant given = spec_->known ? instant(kKnown, row) : kMissingInstant;
    return is_missing(given) ? time(row) : given;
  }
  [[nodiscard]] bool deleted(std::size_t row) const {
    const auto& truths = std::get<std::span<const Truth>>(rows_->columns[kDeleted].view());
    return spec_->deleted && truths[row] == Truth::yes;
  }
  [[nodiscard]] bool same_key(std::size_t a, std::size_t b) const {
    const auto& keys = std::get<std::span<const TextCode>>(rows_->columns[kKey].view());
    return a == b || (account(a) == account(b) && !keys[a].is_missing() && keys[a] == keys[b]);
  }
  [[nodiscard]] std::size_t account(std::size_t row) const {
    const auto after = std::ranges::upper_bound(rows_->begins, static_cast<std::int64_t>(row));
    return static_cast<std::size_t>(after - rows_->begins.begin()) - 1;
  }
  [[nodiscard]] std::uint32_t arrival(std::size_t row) const { return rows_->arrival[row]; }

  [[nodiscard]] bool visible(std::size_t row, Instant as_of) const {
    if (known(row) >= as_of || deleted(row)) return false;
    if (spec_->kind != model::TableKind::intervals && time(row) >= as_of) return false;
    if (!spec_->key || spec_->kind == model::TableKind::states) return true;
    for (std::size_t other = 0; other < rows_->rows(); ++other) {
      if (!same_key(row, other) || known(other) >= as_of) continue;
      if (std::pair{known(row), arrival(row)} < std::pair{known(other), arrival(other)}) return false;
    }
    return true;
  }

  /// An interval that ends as it starts is never alive, but it has started and ended; one that ends before is nothing.
  [[nodiscard]] bool is_inverted(std::size_t row) const {
    return spec_->kind == model::TableKind::intervals && !is_missing(end(row)) && end(row) < time(row);
  }

  /// Whether a metric counts the row as of `as_of`, where E is `edge`.
  [[nodiscard]] bool counts(std::size_t row, model::RowsMode mode, Instant as_of, Instant edge) const {
    if (spec_->kind == model::TableKind::states) return holds(row, as_of, edge);
    if (!visible(row, as_of)) return false;
    if (spec_->kind == model::TableKind::events) return time(row) < edge;
    if (mode == model::RowsMode::any) return true;
    const bool open = is_missing(end(row));
    if (is_inverted(row)) return false;
    switch (mode) {
      case model::RowsMode::alive:
        return time(row) < edge && (open || (end(row) >= edge && end(row) > time(row)));
      case model::RowsMode::started:
        return time(row) < edge;
      case model::RowsMode::ended:
        return !open && end(row) < edge;
      default:
        return time(row) >= edge;
    }
  }

 private:
  [[nodiscard]] Instant instant(int column, std::size_t row) const { return rows_->instants(column)[row]; }

  [[nodiscard]] bool holds(std::size_t row, Instant as_of, Instant edge) const {
    const auto is_in = [&](std::size_t i) { return known(i) < as_of && time(i) < edge; };
    if (!is_in(row) || deleted(row)) return false;
    for (std::size_t other = 0; other < rows_->rows(); ++other) {
      const bool same = spec_->key ? same_key(row, other) : account(row) == account(other);
      if (!same || !is_in(other)) continue;
      if (std::tuple{time(row), known(row), arrival(row)} < std::tuple{time(other), known(other), arrival(other)}) {
        return false;
      }
    }
    return true;
  }

  const model::TableSpec* spec_;
  const ledger::TableBlock* rows_;
};

inline std::vector<Instant> as_ofs() {
  std::vector<Instant> all;
  for (int i = -1; i < 14; i += 2) all.push_back(at(i));
  return all;
}

}  // namespace customerhealth::chance
