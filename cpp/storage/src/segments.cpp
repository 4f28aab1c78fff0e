#include "customerhealth/storage/segments.hpp"

#include <type_traits>
#include <utility>

namespace customerhealth::storage {
namespace {

static_assert(sizeof(Truth) == 1 && sizeof(TextCode) == 4 && sizeof(AccountCode) == 4 && sizeof(Instant) == 8);

template <class T>
void add(std::vector<NamedArray>& to, std::string name, ArrayType type, const Buffer<T>& values) {
  if (!values.empty()) to.push_back({std::move(name), type, values.data(), values.size()});
}

template <class T>
void add(std::vector<NamedArray>& to, std::string name, ArrayType type, const std::vector<T>& values) {
  if (!values.empty()) to.push_back({std::move(name), type, values.data(), values.size()});
}

/// The arrays of a column; what they mean is returned.
class ColumnWriter {
 public:
  ColumnWriter(std::string name, std::vector<NamedArray>& to) : name_{std::move(name)}, to_{&to} {}

  StoredKind operator()(const MissingView&) const { return {"missing"}; }
  StoredKind operator()(const Buffer<double>& values) const { return one("number", ArrayType::number, values); }
  StoredKind operator()(const Buffer<Truth>& values) const { return one("truth", ArrayType::byte, values); }
  StoredKind operator()(const Buffer<TextCode>& values) const { return one("text", ArrayType::int32, values); }
  StoredKind operator()(const Buffer<Instant>& values) const { return one("instant", ArrayType::instant, values); }
  StoredKind operator()(const ledger::IntegerBuffer& values) const {
    add(*to_, name_, ArrayType::int64, values.values);
    add(*to_, name_ + "_valid", ArrayType::byte, values.valid);
    add(*to_, name_ + "_wide", ArrayType::int128, values.wide);
    return {"integer", values.is_unsigned, values.is_decimal, 0};
  }
  StoredKind operator()(const ledger::DecimalBuffer& values) const {
    add(*to_, name_, ArrayType::number, values.numbers);
    add(*to_, name_ + "_scaled", ArrayType::int64, values.scaled);
    add(*to_, name_ + "_wide", ArrayType::int128, values.wide);
    return {"decimal", false, false, values.scale};
  }

 private:
  template <class T>
  StoredKind one(const char* kind, ArrayType type, const Buffer<T>& values) const {
    add(*to_, name_, type, values);
    return {kind};
  }

  std::string name_;
  std::vector<NamedArray>* to_;
};

template <class T>
Buffer<T> borrow(const Arrays& from, const std::string& name, ArrayType type) {
  const std::span<const T> values = from.get<T>(name, type);
  return Buffer<T>::borrowed(values.data(), values.size(), from.owner());
}

template <class T>
Buffer<T> borrow_if_there(const Arrays& from, const std::string& name, ArrayType type) {
  return from.has(name) ? borrow<T>(from, name, type) : Buffer<T>{};
}

template <class T>
std::vector<T> copy(const Arrays& from, const std::string& name, ArrayType type) {
  const std::span<const T> values = from.get<T>(name, type);
  return {values.begin(), values.end()};
}

ledger::StoredColumn read_column(const StoredKind& kind, const std::string& name, const Arrays& rows) {
  if (kind.kind == "missing") return MissingView{rows.rows()};
  if (kind.kind == "number") return borrow<double>(rows, name, ArrayType::number);
  if (kind.kind == "truth") return borrow<Truth>(rows, name, ArrayType::byte);
  if (kind.kind == "text") return borrow<TextCode>(rows, name, ArrayType::int32);
  if (kind.kind == "instant") return borrow<Instant>(rows, name, ArrayType::instant);
  if (kind.kind == "integer") {
    ledger::IntegerBuffer out{borrow<std::int64_t>(rows, name, ArrayType::int64),
                              borrow_if_there<std::uint8_t>(rows, name + "_valid", ArrayType::byte),
                              kind.is_unsigned,
                              kind.is_decimal,
                              {}};
    if (rows.has(name + "_wide")) out.wide = copy<Int128>(rows, name + "_wide", ArrayType::int128);
    return out;
  }
  if (kind.kind == "decimal") {
    if (kind.scale < 1 || kind.scale > 76) rows.refuse("column " + name + " has an impossible scale");
    ledger::DecimalBuffer out{borrow<double>(rows, name, ArrayType::number), {}, {}, kind.scale};
    if (rows.has(name + "_wide"))
      out.wide = borrow<Int128>(rows, name + "_wide", ArrayType::int128);
    else
      out.scaled = borrow<std::int64_t>(rows, name + "_scaled", ArrayType::int64);
    return out;
  }
  rows.refuse("column " + name + " is of the unknown kind '" + kind.kind + "'");
}

std::string name_of(std::size_t column) { return "c" + std::to_string(column); }

}  // namespace

SegmentArrays arrays_of(const ledger::Segment& segment) {
  SegmentArrays out;
  for (std::size_t c = 0; c < segment.columns.size(); ++c) {
    out.kinds.push_back(std::visit(ColumnWriter{name_of(c), out.rows}, segment.columns[c]));
  }
  add(out.rows, "arrival", ArrayType::uint32, segment.arrival);
  add(out.rows, "given", ArrayType::int64, segment.given);
  add(out.rows, "serial", ArrayType::int64, segment.serial);
  add(out.runs, "account", ArrayType::int32, segment.accounts);
  // The last of `begins` is the number of rows, which the file of rows has.
  if (segment.account_count() > 0) {
    out.runs.push_back({"begin", ArrayType::int64, segment.begins.data(), segment.begins.size() - 1});
  }
  add(out.runs, "first_row", ArrayType::int64, segment.first_rows);
  return out;
}

ledger::Segment read_segment(const std::vector<StoredKind>& kinds, const Arrays& rows, const Arrays& runs) {
  ledger::Segment out;
  for (std::size_t c = 0; c < kinds.size(); ++c) out.columns.push_back(read_column(kinds[c], name_of(c), rows));
  out.arrival = borrow_if_there<std::uint32_t>(rows, "arrival", ArrayType::uint32);
  out.given = borrow_if_there<std::int64_t>(rows, "given", ArrayType::int64);
  out.serial = borrow_if_there<std::int64_t>(rows, "serial", ArrayType::int64);
  if (runs.has("account")) out.accounts = copy<AccountCode>(runs, "account", ArrayType::int32);
  out.begins = copy<std::int64_t>(runs, "begin", ArrayType::int64);
  out.begins.push_back(static_cast<std::int64_t>(rows.rows()));
  out.first_rows = copy<std::int64_t>(runs, "first_row", ArrayType::int64);
  return out;
}

}  // namespace customerhealth::storage
