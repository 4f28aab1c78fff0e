#include "customerhealth/ledger/table_data.hpp"

#include <algorithm>
#include <numeric>
#include <optional>

#include "customerhealth/common/number.hpp"
#include "customerhealth/ledger/order_key.hpp"
#include "whole_numbers.hpp"

namespace customerhealth::ledger {
namespace {

struct RowRef {
  std::uint32_t segment;
  std::int64_t row;
  std::uint32_t arrival;
};

/// Where the runs of the accounts stand, merged: what a gathered column takes its values from.
struct Gathering {
  std::vector<RowRef> rows;
  std::vector<std::int64_t> begins{0};
};

std::span<const Instant> times_of(const model::TableSpec& spec, const Segment& segment) {
  if (!spec.time) return {};
  return std::get<Buffer<Instant>>(segment.columns[static_cast<std::size_t>(*spec.time)]).span();
}

using Segments = std::span<const std::shared_ptr<const Segment>>;

/// Brings rows of one account that stand in the order of arrival into that of time. `arrival` becomes what is later
/// among rows that tie: by the table's `order`, then as they arrived.
void arrange(const model::TableSpec& spec, Segments segments, std::span<RowRef> rows) {
  if (spec.order) {
    const auto column = static_cast<std::size_t>(*spec.order);
    const auto key = [&](const RowRef& ref) {
      return order_key(segments[ref.segment]->columns[column], static_cast<std::size_t>(ref.row));
    };
    std::ranges::stable_sort(rows, [&](const RowRef& a, const RowRef& b) { return key(a) < key(b); });
  }
  for (std::uint32_t i = 0; i < rows.size(); ++i) rows[i].arrival = i;
  if (!spec.time) return;
  std::ranges::stable_sort(rows, {}, [&](const RowRef& ref) {
    return times_of(spec, *segments[ref.segment])[static_cast<std::size_t>(ref.row)];
  });
}

void append_run(const model::TableSpec& spec, Segments segments, AccountCode account, Gathering& out) {
  const auto first = static_cast<std::ptrdiff_t>(out.rows.size());
  std::uint32_t arrived = 0;
  std::ptrdiff_t merged = first;
  for (std::uint32_t s = 0; s < segments.size(); ++s) {
    const Segment& segment = *segments[s];
    const RowRange run = segment.run(account);
    for (std::int64_t row = run.begin; row < run.end; ++row) {
      const auto place = segment.arrival.empty() ? static_cast<std::uint32_t>(row - run.begin)
                                                 : segment.arrival[static_cast<std::size_t>(row)];
      out.rows.push_back({s, row, arrived + place});
    }
    arrived += static_cast<std::uint32_t>(run.size());
    if (spec.order) continue;
    if (spec.time && merged > first && run.size() > 0) {
      const auto time = [&](const RowRef& ref) {
        return times_of(spec, *segments[ref.segment])[static_cast<std::size_t>(ref.row)];
      };
      std::inplace_merge(out.rows.begin() + first, out.rows.begin() + merged, out.rows.end(),
                         [&](const RowRef& a, const RowRef& b) { return time(a) < time(b); });
    }
    merged = static_cast<std::ptrdiff_t>(out.rows.size());
  }
  if (spec.order) {
    const auto own = std::span{out.rows}.subspan(static_cast<std::size_t>(first));
    std::ranges::sort(own, {}, &RowRef::arrival);
    arrange(spec, segments, own);
    merged = std::ssize(out.rows);
  }
  out.begins.push_back(merged);
}

template <class T, class Get>
StoredColumn gather(const Gathering& gathering, const Get& get) {
  Buffer<T> out(gathering.rows.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = get(gathering.rows[i]);
  return out;
}

template <class T>
StoredColumn gather_plain(const Gathering& gathering, const std::vector<const StoredColumn*>& parts, T missing) {
  return gather<T>(gathering, [&](const RowRef& ref) {
    const auto* values = std::get_if<Buffer<T>>(parts[ref.segment]);
    return values == nullptr ? missing : (*values)[static_cast<std::size_t>(ref.row)];
  });
}

StoredColumn gather_numbers(const Gathering& gathering, const std::vector<const StoredColumn*>& parts) {
  return gather<double>(gathering, [&](const RowRef& ref) {
    const auto row = static_cast<std::size_t>(ref.row);
    if (const auto* numbers = std::get_if<Buffer<double>>(parts[ref.segment])) return (*numbers)[row];
    if (const auto* decimals = std::get_if<DecimalBuffer>(parts[ref.segment])) return decimals->numbers[row];
    const ColumnView view = view_of(*parts[ref.segment]);
    const auto* integers = std::get_if<IntegerView>(&view);
    return integers == nullptr ? kNan : integers->number(row);
  });
}

bool has_negative(const IntegerBuffer& integers) {
  for (std::size_t i = 0; i < integers.values.size(); ++i) {
    if (integers.values[i] < 0 && (integers.valid.empty() || integers.valid[i] != 0)) return true;
  }
  return false;
}

/// Integers that all have the same 64 bits.
StoredColumn gather_alike(const Gathering& gathering, const std::vector<const StoredColumn*>& parts) {
  IntegerBuffer out{
      Buffer<std::int64_t>(gathering.rows.size()), Buffer<std::uint8_t>(gathering.rows.size()), false, false, {}};
  for (std::size_t i = 0; i < gathering.rows.size(); ++i) {
    const RowRef& ref = gathering.rows[i];
    const auto row = static_cast<std::size_t>(ref.row);
    const auto* integers = std::get_if<IntegerBuffer>(parts[ref.segment]);
    const bool has = integers != nullptr && (integers->valid.empty() || integers->valid[row] != 0);
    out.valid[i] = has ? 1 : 0;
    out.values[i] = has ? integers->values[row] : 0;
    out.is_unsigned |= has && integers->is_unsigned;
  }
  return out;
}

bool are_alike(const std::vector<const StoredColumn*>& parts) {
  bool any_signed = false, any_unsigned = false;
  for (const StoredColumn* part : parts) {
    if (std::holds_alternative<MissingView>(*part)) continue;
    const auto* integers = std::get_if<IntegerBuffer>(part);
    if (integers == nullptr || !integers->wide.empty() || integers->is_decimal) return false;
    (integers->is_unsigned ? any_unsigned : any_signed) = true;
  }
  return !(any_signed && any_unsigned);
}

/// Integers of any width; others among them are whole.
StoredColumn gather_integers(const Gathering& gathering, const std::vector<const StoredColumn*>& parts) {
  if (are_alike(parts)) return gather_alike(gathering, parts);
  bool is_decimal = true;
  for (const StoredColumn* part : parts) {
    const auto* integers = std::get_if<IntegerBuffer>(part);
    is_decimal &= integers != nullptr ? integers->is_decimal : !std::holds_alternative<Buffer<double>>(*part);
  }
  std::vector<Int128> values(gathering.rows.size());
  Buffer<std::uint8_t> valid(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const RowRef& ref = gathering.rows[i];
    const auto value = whole_number(*parts[ref.segment], static_cast<std::size_t>(ref.row));
    valid[i] = value ? 1 : 0;
    values[i] = value.value_or(0);
  }
  return whole_numbers(values, std::move(valid), is_decimal);
}

/// A decimal of one scale as an integer of a larger one; nothing where 128 bits do not hold it.
std::optional<Int128> rescaled(Int128 value, std::int32_t digits) {
  for (std::int32_t i = 0; i < digits && value != 0; ++i) {
    if (__builtin_mul_overflow(value, Int128{10}, &value)) return std::nullopt;
  }
  return value;
}

/// Decimals of several scales become those of the largest; as doubles where the integers then do not fit.
StoredColumn gather_decimals(const Gathering& gathering, const std::vector<const StoredColumn*>& parts) {
  const std::size_t rows = gathering.rows.size();
  DecimalBuffer out{Buffer<double>(rows), {}, Buffer<Int128>(rows), 0};
  for (const StoredColumn* part : parts) {
    if (const auto* decimals = std::get_if<DecimalBuffer>(part)) out.scale = std::max(out.scale, decimals->scale);
  }
  for (std::size_t i = 0; i < rows; ++i) {
    const RowRef& ref = gathering.rows[i];
    const auto row = static_cast<std::size_t>(ref.row);
    const ColumnView view = view_of(*parts[ref.segment]);
    out.numbers[i] = kNan;
    out.wide[i] = 0;
    if (is_missing(view, row)) continue;
    const auto* decimals = std::get_if<DecimalBuffer>(parts[ref.segment]);
    const auto* integers = std::get_if<IntegerView>(&view);
    out.numbers[i] = decimals != nullptr ? decimals->numbers[row] : integers->number(row);
    const auto exact = decimals != nullptr ? rescaled(decimals->exact(row), out.scale - decimals->scale)
                                           : rescaled(integers->exact(row), out.scale);
    if (!exact) return gather_numbers(gathering, parts);
    out.wide[i] = *exact;
  }
  return out;
}

bool is_plain_integer(const StoredColumn* part) {
  const auto* integers = std::get_if<IntegerBuffer>(part);
  return integers != nullptr && !integers->is_decimal;
}

StoredColumn gather_column(const Gathering& gathering, const std::vector<const StoredColumn*>& parts,
                           const NumberLine& line) {
  const auto any = [&]<class T>(std::type_identity<T>) {
    return std::ranges::any_of(parts, [](const StoredColumn* part) { return std::holds_alternative<T>(*part); });
  };
  if (any(std::type_identity<Buffer<Instant>>{})) return gather_plain<Instant>(gathering, parts, kMissingInstant);
  if (any(std::type_identity<Buffer<TextCode>>{})) return gather_plain<TextCode>(gathering, parts, TextCode{});
  if (any(std::type_identity<Buffer<Truth>>{})) return gather_plain<Truth>(gathering, parts, Truth::missing);
  const bool has_doubles = any(std::type_identity<Buffer<double>>{}),
             has_decimals = any(std::type_identity<DecimalBuffer>{}),
             has_integers = any(std::type_identity<IntegerBuffer>{});
  if (has_integers && ((!has_doubles && !has_decimals) || line.is_whole)) return gather_integers(gathering, parts);
  if (has_doubles || (has_decimals && std::ranges::any_of(parts, is_plain_integer))) {
    return gather_numbers(gathering, parts);
  }
  if (has_decimals) return gather_decimals(gathering, parts);
  return MissingView{gathering.rows.size()};
}

std::vector<StoredColumn> gather_columns(const Gathering& gathering,
                                         std::span<const std::shared_ptr<const Segment>> segments,
                                         std::span<const NumberLine> lines) {
  std::vector<StoredColumn> columns;
  if (segments.empty()) return columns;
  for (std::size_t c = 0; c < segments[0]->columns.size(); ++c) {
    std::vector<const StoredColumn*> parts;
    for (const auto& segment : segments) parts.push_back(&segment->columns[c]);
    columns.push_back(gather_column(gathering, parts, lines[c]));
  }
  return columns;
}

/// Of each row its Segment::given or Segment::serial.
template <class Places>
Places gather_places(const Gathering& gathering, std::span<const std::shared_ptr<const Segment>> segments,
                     Buffer<std::int64_t> Segment::* of) {
  Places places(gathering.rows.size());
  for (std::size_t i = 0; i < gathering.rows.size(); ++i) {
    const RowRef& ref = gathering.rows[i];
    places[i] = ((*segments[ref.segment]).*of)[static_cast<std::size_t>(ref.row)];
  }
  return places;
}

bool lies_side_by_side(const Segment& segment, std::span<const AccountCode> accounts) {
  const std::int64_t first = segment.index_of(accounts.front());
  if (first < 0 || first + static_cast<std::int64_t>(accounts.size()) > segment.account_count()) return false;
  for (std::size_t i = 0; i < accounts.size(); ++i) {
    if (segment.account(first + static_cast<std::int64_t>(i)) != accounts[i]) return false;
  }
  return true;
}

DecimalView decimals_of(const StoredColumn& column, std::size_t begin, std::size_t rows) {
  if (const auto* decimals = std::get_if<DecimalBuffer>(&column)) return {*decimals, begin};
  const auto* integers = std::get_if<IntegerBuffer>(&column);
  if (integers == nullptr || !integers->is_decimal) return {};
  return DecimalView{std::get<IntegerView>(slice(view_of(column), begin, rows))};
}

TableBlock borrow(const Segment& segment, std::span<const AccountCode> accounts) {
  const auto first = static_cast<std::size_t>(segment.index_of(accounts.front()));
  const auto begin = segment.begins[first];
  const auto rows = static_cast<std::size_t>(segment.begins[first + accounts.size()] - begin);
  TableBlock block;
  block.begins.reserve(accounts.size() + 1);
  for (std::size_t i = 0; i <= accounts.size(); ++i) block.begins.push_back(segment.begins[first + i] - begin);
  for (const StoredColumn& column : segment.columns) {
    block.columns.emplace_back(slice(view_of(column), static_cast<std::size_t>(begin), rows));
    block.decimals.push_back(decimals_of(column, static_cast<std::size_t>(begin), rows));
  }
  if (!segment.arrival.empty()) block.arrival = segment.arrival.span().subspan(static_cast<std::size_t>(begin), rows);
  if (!segment.given.empty()) block.given = segment.given.span().subspan(static_cast<std::size_t>(begin), rows);
  if (!segment.serial.empty()) block.serial = segment.serial.span().subspan(static_cast<std::size_t>(begin), rows);
  return block;
}

void own(StoredColumn&& stored, TableBlock& block) {
  auto owner = std::make_shared<const StoredColumn>(std::move(stored));
  block.decimals.push_back(decimals_of(*owner, 0, block.rows()));
  block.columns.emplace_back(view_of(*owner), owner);
}

}  // namespace

bool keeps_places(const model::TableSpec& spec) noexcept {
  return spec.kind == model::TableKind::intervals || spec.kind == model::TableKind::keys || spec.through ||
         (spec.kind == model::TableKind::events && spec.key);
}

bool keeps_serials(const model::TableSpec& spec) noexcept {
  return spec.kind == model::TableKind::keys || (spec.through && spec.source.each);
}

TableBlock read_block(const model::TableSpec& spec, const TableData& table, std::span<const AccountCode> accounts) {
  if (table.segments.size() == 1 && !accounts.empty() && lies_side_by_side(*table.segments[0], accounts)) {
    return borrow(*table.segments[0], accounts);
  }
  Gathering gathering;
  for (const AccountCode account : accounts) append_run(spec, table.segments, account, gathering);
  TableBlock block;
  block.begins = std::move(gathering.begins);
  if (table.segments.empty()) {
    block.columns.assign(spec.columns.size(), Column{MissingView{0}});
    block.decimals.resize(spec.columns.size());
    return block;
  }
  for (StoredColumn& column : gather_columns(gathering, table.segments, table.lines)) own(std::move(column), block);
  for (const RowRef& ref : gathering.rows) block.arrival_owned.push_back(ref.arrival);
  block.arrival = block.arrival_owned;
  using Places = std::vector<std::int64_t>;
  if (keeps_places(spec)) block.given_owned = gather_places<Places>(gathering, table.segments, &Segment::given);
  if (keeps_serials(spec)) block.serial_owned = gather_places<Places>(gathering, table.segments, &Segment::serial);
  block.given = block.given_owned;
  block.serial = block.serial_owned;
  return block;
}

IntegerColumn integers_of(const TableData& table, std::int32_t column) {
  const NumberLine& line = table.lines[static_cast<std::size_t>(column)];
  IntegerColumn out;
  bool any_negative = false;
  for (const auto& segment : table.segments) {
    const StoredColumn& part = segment->columns[static_cast<std::size_t>(column)];
    if (std::holds_alternative<MissingView>(part)) continue;
    const auto* integers = std::get_if<IntegerBuffer>(&part);
    if (integers == nullptr && !(line.is_whole && line.has_integers)) return {};
    out.is_integer = true;
    if (integers == nullptr) {
      any_negative = true;
    } else {
      if (!integers->wide.empty()) return {};
      out.is_unsigned |= integers->is_unsigned;
      any_negative |= !integers->is_unsigned && has_negative(*integers);
    }
  }
  return out.is_unsigned && any_negative ? IntegerColumn{} : out;
}

std::int64_t rows_of(const TableData& table, AccountCode account) noexcept {
  return std::accumulate(table.segments.begin(), table.segments.end(), std::int64_t{0},
                         [&](std::int64_t sum, const auto& segment) { return sum + segment->run(account).size(); });
}

std::int64_t first_row_of(const TableData& table, AccountCode account) noexcept {
  for (const auto& segment : table.segments) {
    if (segment->run(account).size() > 0)
      return segment->first_rows[static_cast<std::size_t>(segment->index_of(account))];
  }
  return -1;
}

namespace {

std::shared_ptr<const Segment> merge(const model::TableSpec& spec, std::span<const std::shared_ptr<const Segment>> pair,
                                     std::span<const NumberLine> lines) {
  std::vector<AccountCode> accounts;
  for (const auto& segment : pair) {
    for (std::int64_t i = 0; i < segment->account_count(); ++i) accounts.push_back(segment->account(i));
  }
  std::ranges::sort(accounts);
  accounts.erase(std::ranges::unique(accounts).begin(), accounts.end());
  Gathering gathering;
  auto merged = std::make_shared<Segment>();
  for (const AccountCode account : accounts) {
    append_run(spec, pair, account, gathering);
    const std::int64_t index = pair[0]->index_of(account);
    const bool in_first = index >= 0 && pair[0]->run(account).size() > 0;
    const std::int64_t later = pair[1]->index_of(account);
    merged->first_rows.push_back(in_first     ? pair[0]->first_rows[static_cast<std::size_t>(index)]
                                 : later >= 0 ? pair[1]->first_rows[static_cast<std::size_t>(later)]
                                              : -1);
  }
  merged->columns = gather_columns(gathering, pair, lines);
  merged->arrival = Buffer<std::uint32_t>(gathering.rows.size());
  for (std::size_t i = 0; i < gathering.rows.size(); ++i) merged->arrival[i] = gathering.rows[i].arrival;
  using Places = Buffer<std::int64_t>;
  if (keeps_places(spec)) merged->given = gather_places<Places>(gathering, pair, &Segment::given);
  if (keeps_serials(spec)) merged->serial = gather_places<Places>(gathering, pair, &Segment::serial);
  merged->accounts = std::move(accounts);
  merged->begins = std::move(gathering.begins);
  return merged;
}

}  // namespace

namespace {

/// The rows of one key in one segment.
struct KeyRun {
  std::int32_t account;
  std::uint32_t segment;
  RowRange rows;
};

/// By account.
std::vector<KeyRun> runs_with_owner(Segments keyed, const KeyOwners& owners) {
  std::vector<KeyRun> runs;
  for (std::uint32_t s = 0; s < keyed.size(); ++s) {
    for (std::int64_t i = 0; i < keyed[s]->account_count(); ++i) {
      const auto at = static_cast<std::size_t>(i);
      const RowRange rows{keyed[s]->begins[at], keyed[s]->begins[at + 1]};
      const std::int32_t account = owners.account_of(keyed[s]->account(i));
      if (account >= 0 && rows.size() > 0) runs.push_back({account, s, rows});
    }
  }
  std::ranges::stable_sort(runs, {}, &KeyRun::account);
  return runs;
}

}  // namespace

std::shared_ptr<const Segment> by_account(const model::TableSpec& spec, Segments keyed,
                                          std::span<const NumberLine> lines, const KeyOwners& owners) {
  const std::vector<KeyRun> runs = runs_with_owner(keyed, owners);
  if (runs.empty()) return nullptr;
  const auto arrived = [&](const RowRef& ref) {
    return keyed[ref.segment]->order_of_arrival(static_cast<std::size_t>(ref.row));
  };
  Gathering gathering;
  auto out = std::make_shared<Segment>();
  for (std::size_t r = 0; r < runs.size();) {
    const std::size_t first = gathering.rows.size();
    out->accounts.emplace_back(runs[r].account);
    for (; r < runs.size() && runs[r].account == out->accounts.back().get(); ++r) {
      for (std::int64_t row = runs[r].rows.begin; row < runs[r].rows.end; ++row) {
        gathering.rows.push_back({runs[r].segment, row, 0});
      }
    }
    const auto own = std::span{gathering.rows}.subspan(first);
    std::ranges::sort(own, {}, arrived);
    const RowRef& first_row = own.front();
    out->first_rows.push_back(keyed[first_row.segment]->given[static_cast<std::size_t>(first_row.row)]);
    arrange(spec, keyed, own);
    gathering.begins.push_back(std::ssize(gathering.rows));
  }
  out->columns = gather_columns(gathering, keyed, lines);
  out->given = gather_places<Buffer<std::int64_t>>(gathering, keyed, &Segment::given);
  if (keeps_serials(spec)) out->serial = gather_places<Buffer<std::int64_t>>(gathering, keyed, &Segment::serial);
  out->arrival = Buffer<std::uint32_t>(gathering.rows.size());
  for (std::size_t i = 0; i < gathering.rows.size(); ++i) out->arrival[i] = gathering.rows[i].arrival;
  out->begins = std::move(gathering.begins);
  return out;
}

void compact(const model::TableSpec& spec, TableData& table) {
  auto& segments = table.segments;
  while (segments.size() >= 2 && segments[segments.size() - 2]->rows() <= 2 * segments.back()->rows()) {
    auto merged = merge(spec, std::span{segments}.last(2), table.lines);
    segments.pop_back();
    segments.back() = std::move(merged);
  }
}

}  // namespace customerhealth::ledger
