#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "array_bytes.hpp"
#include "customerhealth/common/checksum.hpp"
#include "customerhealth/common/errors.hpp"
#include "customerhealth/engine/portfolio.hpp"
#include "customerhealth/storage/check.hpp"
#include "customerhealth/storage/id_hashes.hpp"
#include "customerhealth/storage/segments.hpp"
#include "registers.hpp"
#include "released.hpp"
#include "watch.hpp"

namespace py = pybind11;

/// A ledger as Python can write it to files, and back. Arrays go as bytes with a type; what is small goes as numbers
/// and texts in lists and dicts.
namespace customerhealth::bindings {
namespace {

using storage::Arrays;
using Ids = ledger::AccountIds;
using WholeNumbers = py::array_t<std::int64_t, py::array::c_style>;

struct SegmentObject {
  std::shared_ptr<const ledger::Segment> segment;
};

[[noreturn]] void refuse(const std::string& what) {
  throw DataError{"the saved portfolio cannot be read: " + what, "", ""};
}

// ---- out

std::string name_of(Ids::Kind kind) {
  return kind == Ids::Kind::text ? "text" : kind == Ids::Kind::integer ? "integer" : "unknown";
}

py::dict about(const Ids& ids, std::int32_t count) {
  py::dict out;
  out["kind"] = name_of(ids.kind_of_ids());
  out["declared"] = name_of(ids.declared());
  out["count"] = count;
  return out;
}

py::list owners_of(const ledger::KeyOwners& owners) {
  std::vector<std::int32_t> account;
  std::vector<std::int64_t> known, serial;
  std::vector<std::uint8_t> there;
  std::vector<Int128> whole, parts;
  std::vector<double> number;
  for (const auto& owner : owners.owners()) {
    account.push_back(owner.account);
    known.push_back(owner.known.time_since_epoch().count());
    serial.push_back(owner.serial);
    there.push_back(owner.order.is_there ? 1 : 0);
    whole.push_back(owner.order.whole);
    parts.push_back(owner.order.parts);
    number.push_back(owner.order.number);
  }
  py::list out;
  out.append(py::make_tuple("account", "i", array_bytes(std::move(account))));
  out.append(py::make_tuple("known", "l", array_bytes(std::move(known))));
  out.append(py::make_tuple("serial", "l", array_bytes(std::move(serial))));
  out.append(py::make_tuple("order", "C", array_bytes(std::move(there))));
  out.append(py::make_tuple("order_whole", "w:16", array_bytes(std::move(whole))));
  out.append(py::make_tuple("order_parts", "w:16", array_bytes(std::move(parts))));
  out.append(py::make_tuple("order_number", "g", array_bytes(std::move(number))));
  return out;
}

py::list segments_of(const std::vector<std::shared_ptr<const ledger::Segment>>& segments) {
  py::list out;
  for (const auto& segment : segments) out.append(SegmentObject{segment});
  return out;
}

py::dict about(const ledger::TableData& table) {
  py::dict out;
  py::list types, declared, lines, findings, far;
  for (const Type type : table.types) types.append(std::string{to_string(type)});
  for (const Type type : table.declared) declared.append(std::string{to_string(type)});
  for (const auto& line : table.lines) {
    lines.append(py::make_tuple(line.has_integers, line.has_others, line.is_whole, line.large_float));
  }
  for (const auto& finding : table.findings) {
    findings.append(
        py::make_tuple(to_string(finding.check), finding.rows, finding.first_row, finding.example, finding.column));
  }
  for (const auto& each : table.far_times) {
    far.append(py::make_tuple(each.column, static_cast<int>(each.era), each.rows, each.first_row,
                              each.first.time_since_epoch().count()));
  }
  out["types"] = types;
  out["declared"] = declared;
  out["lines"] = lines;
  out["findings"] = findings;
  out["far_times"] = far;
  out["rows_given"] = table.rows_given;
  out["rows_made"] = table.rows_made;
  out["given"] = table.given;
  return out;
}

/// All of a ledger but the values of its arrays.
py::dict dump(const engine::Portfolio& self) {
  const auto ledger = self.ledger();
  const model::Model& model = self.model();
  py::dict out;
  out["accounts"] = about(*ledger->ids, ledger->account_count);
  out["declared_ids"] = name_of(ledger->declared_ids);
  out["texts"] = ledger->texts->size();
  out["order"] = array_bytes(ledger->order);
  py::list tables;
  for (std::size_t t = 0; t < ledger->tables.size(); ++t) {
    py::dict table = about(ledger->tables[t]);
    table["name"] = model.tables[t].name;
    table["columns"] = model.tables[t].columns;
    table["segments"] = segments_of(ledger->tables[t].segments);
    table["keyed"] = segments_of(ledger->keyed[t].segments);
    py::list orphans;
    for (const AccountCode key : ledger->keyed[t].orphans) orphans.append(key.get());
    table["orphans"] = orphans;
    if (ledger->keys[t]) table["keys"] = about(*ledger->keys[t], ledger->keys[t]->size());
    if (ledger->owners[t]) table["owners"] = owners_of(*ledger->owners[t]);
    tables.append(table);
  }
  out["tables"] = tables;
  return out;
}

/// Ids or texts from a place on: what a dictionary's next file holds.
py::tuple ids_of(const Ids& ids, std::int32_t begin, std::int32_t end) {
  if (ids.kind_of_ids() == Ids::Kind::integer) {
    std::vector<std::int64_t> integers;
    for (std::int32_t code = begin; code < end; ++code) integers.push_back(ids.integer(AccountCode{code}));
    return py::make_tuple(array_bytes(std::move(integers)));
  }
  return texts_of(begin, end, [&](std::int32_t code) { return ids.text(AccountCode{code}); });
}

void check_range(std::int32_t begin, std::int32_t end, std::int32_t size) {
  if (begin < 0 || end < begin || size < end) throw py::index_error{"no such texts"};
}

// ---- in

template <class Enum, class Name>
Enum named(const std::string& name, int last, const Name& name_of_value) {
  for (int value = 0; value <= last; ++value) {
    if (name == name_of_value(static_cast<Enum>(value))) return static_cast<Enum>(value);
  }
  refuse("there is no " + name);
}

Type type_named(const std::string& name) {
  return named<Type>(name, static_cast<int>(Type::instant), [](Type type) { return std::string{to_string(type)}; });
}
Ids::Kind kind_named(const std::string& name) { return named<Ids::Kind>(name, 2, &name_of); }

void read_about(const py::dict& from, ledger::TableData& into) {
  using Check = ledger::Finding::Check;
  for (const auto& name : from["types"].cast<std::vector<std::string>>()) into.types.push_back(type_named(name));
  for (const auto& name : from["declared"].cast<std::vector<std::string>>()) into.declared.push_back(type_named(name));
  for (const auto& [integers, others, whole, large] :
       from["lines"].cast<std::vector<std::tuple<bool, bool, bool, std::int64_t>>>()) {
    into.lines.push_back({integers, others, whole, large});
  }
  using Found = std::tuple<std::string, std::int64_t, std::int64_t, std::string, std::string>;
  for (const auto& [check, rows, first, example, column] : from["findings"].cast<std::vector<Found>>()) {
    const auto kind =
        named<Check>(check, static_cast<int>(Check::no_rows), [](Check c) { return ledger::to_string(c); });
    into.findings.push_back({kind, rows, first, example, column});
  }
  using Far = std::tuple<std::int32_t, int, std::int64_t, std::int64_t, std::int64_t>;
  for (const auto& [column, era, rows, first, micros] : from["far_times"].cast<std::vector<Far>>()) {
    if (era < 0 || era >= static_cast<int>(ledger::kEras)) refuse("a finding of no era");
    into.far_times.push_back({column, static_cast<ledger::FarTimes::Era>(era), rows, first, Instant{Micros{micros}}});
  }
  into.rows_given = from["rows_given"].cast<std::int64_t>();
  into.rows_made = from["rows_made"].cast<std::int64_t>();
  into.given = from["given"].cast<bool>();
}

/// Files of a dictionary, one after the other.
struct TextFiles {
  std::vector<Arrays> files;

  explicit TextFiles(const py::handle& from) {
    for (const py::handle file : from) files.push_back(arrays_of(file));
  }
  [[nodiscard]] std::vector<std::string_view> texts() const {
    std::vector<std::string_view> out;
    for (const Arrays& file : files) {
      const auto more = file.texts("text");
      out.insert(out.end(), more.begin(), more.end());
    }
    return out;
  }
  [[nodiscard]] std::vector<std::int64_t> integers() const {
    std::vector<std::int64_t> out;
    for (const Arrays& file : files) {
      const auto more = file.get<std::int64_t>("id", storage::ArrayType::int64);
      out.insert(out.end(), more.begin(), more.end());
    }
    return out;
  }
  [[nodiscard]] std::shared_ptr<const void> owner() const { return std::make_shared<const std::vector<Arrays>>(files); }
};

void read_ids(const py::dict& from, Ids& into) {
  into.declare(kind_named(from["declared"].cast<std::string>()));
  const TextFiles files{from["files"]};
  const auto kind = kind_named(from["kind"].cast<std::string>());
  if (kind == Ids::Kind::text) into.adopt(files.texts(), files.owner());
  if (kind == Ids::Kind::integer) into.adopt(files.integers());
}

std::vector<std::shared_ptr<const ledger::Segment>> read_segments(const py::handle& from) {
  std::vector<std::shared_ptr<const ledger::Segment>> out;
  for (const py::handle each : from) {
    const auto [kinds, rows, runs] =
        each.cast<std::tuple<std::vector<std::tuple<std::string, bool, bool, std::int32_t>>, py::object, py::object>>();
    std::vector<storage::StoredKind> stored;
    for (const auto& [kind, is_unsigned, is_decimal, scale] : kinds) {
      stored.push_back({kind, is_unsigned, is_decimal, scale});
    }
    out.push_back(
        std::make_shared<const ledger::Segment>(storage::read_segment(stored, arrays_of(rows), arrays_of(runs))));
  }
  return out;
}

std::shared_ptr<const ledger::KeyOwners> read_owners(const py::handle& from) {
  const Arrays columns = arrays_of(from);
  const auto account = columns.get<std::int32_t>("account", storage::ArrayType::int32);
  const auto known = columns.get<Instant>("known", storage::ArrayType::int64);
  const auto serial = columns.get<std::int64_t>("serial", storage::ArrayType::int64);
  const auto there = columns.get<std::uint8_t>("order", storage::ArrayType::byte);
  const auto whole = columns.get<Int128>("order_whole", storage::ArrayType::int128);
  const auto parts = columns.get<Int128>("order_parts", storage::ArrayType::int128);
  const auto number = columns.get<double>("order_number", storage::ArrayType::number);
  std::vector<ledger::KeyOwners::Owner> owners;
  for (std::size_t i = 0; i < columns.rows(); ++i) {
    owners.push_back({account[i], known[i], {there[i] != 0, whole[i], parts[i], number[i]}, serial[i]});
  }
  return std::make_shared<const ledger::KeyOwners>(std::move(owners));
}

void read_table(const model::TableSpec& spec, const py::dict& from, std::size_t t, ledger::Ledger& into) {
  if (from["name"].cast<std::string>() != spec.name ||
      from["columns"].cast<std::vector<std::string>>() != spec.columns) {
    throw DataError{"the table '" + spec.name + "' was not loaded as this model reads it", spec.name, ""};
  }
  read_about(from, into.tables[t]);
  into.tables[t].segments = read_segments(from["segments"]);
  into.keyed[t].segments = read_segments(from["keyed"]);
  for (const std::int32_t key : from["orphans"].cast<std::vector<std::int32_t>>()) {
    into.keyed[t].orphans.emplace_back(key);
  }
  if (spec.kind != model::TableKind::keys) return;
  into.keys[t] = std::make_shared<Ids>("keys of " + spec.name);
  read_ids(from["keys"], *into.keys[t]);
  into.owners[t] = read_owners(from["owners"]);
}

std::shared_ptr<ledger::Ledger> read_ledger(const model::Model& model, const py::dict& from) {
  auto out = std::make_shared<ledger::Ledger>();
  const auto accounts = from["accounts"].cast<py::dict>();
  out->ids = std::make_shared<Ids>();
  read_ids(accounts, *out->ids);
  out->account_count = out->ids->size();
  out->declared_ids = kind_named(from["declared_ids"].cast<std::string>());
  out->texts = std::make_shared<ledger::TextDictionary>();
  const TextFiles texts{from["texts"]};
  out->texts->adopt(texts.texts(), texts.owner());
  const Arrays order = arrays_of(from["order"]);
  for (const auto code : order.get<AccountCode>("account", storage::ArrayType::int32)) out->order.push_back(code);
  const std::size_t count = model.tables.size();
  const auto tables = from["tables"].cast<std::vector<py::dict>>();
  if (tables.size() != count) refuse("it has other tables than the model");
  out->tables.resize(count), out->keys.resize(count), out->owners.resize(count), out->keyed.resize(count);
  for (std::size_t t = 0; t < count; ++t) read_table(model.tables[t], tables[t], t, *out);
  return out;
}

ledger::Strictness strictness_named(const std::string& text) {
  if (text == "no") return ledger::Strictness::lenient;
  if (text == "rows") return ledger::Strictness::rows;
  if (text == "all") return ledger::Strictness::all;
  refuse("strict is '" + text + "'");
}

std::shared_ptr<engine::Portfolio> restore(std::shared_ptr<model::Model> model, const py::dict& from,
                                           const std::string& strict, int threads) {
  const ledger::Strictness strictness = strictness_named(strict);
  std::shared_ptr<const ledger::Ledger> ledger;
  try {
    ledger = read_ledger(*model, from);
  } catch (const py::cast_error&) {
    refuse("its manifest does not say what it should");
  }
  return watched(threads, py::none(), [&](Threads resolved, Watch& watch) {
    run(resolved, watch, [&] { storage::check_ledger(*model, *ledger, watch); });
    return std::make_shared<engine::Portfolio>(std::move(model), std::move(ledger), strictness);
  });
}

}  // namespace

void register_storage(py::module_& m) {
  py::class_<SegmentObject>(m, "Segment", "Rows of a table, by account and time. Immutable.")
      .def_property_readonly(
          "address", [](const SegmentObject& self) { return reinterpret_cast<std::uintptr_t>(self.segment.get()); })
      .def_property_readonly("rows", [](const SegmentObject& self) { return self.segment->rows(); })
      .def_property_readonly("kinds",
                             [](const SegmentObject& self) {
                               py::list out;
                               for (const auto& kind : storage::arrays_of(*self.segment).kinds) {
                                 out.append(py::make_tuple(kind.kind, kind.is_unsigned, kind.is_decimal, kind.scale));
                               }
                               return out;
                             })
      .def("arrays", [](const SegmentObject& self) {
        const storage::SegmentArrays arrays = storage::arrays_of(*self.segment);
        return py::make_tuple(listed(arrays.rows, self.segment), listed(arrays.runs, self.segment));
      });
  m.def("dump_ledger", &dump, py::arg("portfolio"));
  m.def(
      "texts_of",
      [](const engine::Portfolio& self, std::int32_t begin, std::int32_t end) {
        const auto ledger = self.ledger();
        check_range(begin, end, ledger->texts->size());
        return texts_of(begin, end, [&](std::int32_t code) { return ledger->texts->text(TextCode{code}); });
      },
      py::arg("portfolio"), py::arg("begin"), py::arg("end"));
  m.def(
      "ids_of",
      [](const engine::Portfolio& self, std::optional<std::int32_t> table, std::int32_t begin, std::int32_t end) {
        const auto ledger = self.ledger();
        const Ids& ids = table ? *ledger->keys.at(static_cast<std::size_t>(*table)) : *ledger->ids;
        check_range(begin, end, ids.size());
        return ids_of(ids, begin, end);
      },
      py::arg("portfolio"), py::arg("table"), py::arg("begin"), py::arg("end"));
  m.def("restore_ledger", &restore, py::arg("model"), py::arg("saved"), py::arg("strict"), py::arg("threads") = 0);
  m.def(
      "checksum",
      [](const py::buffer& of) {
        const py::buffer_info info = of.request();
        const GilReleased released;
        return checksum(info.ptr, static_cast<std::size_t>(info.size * info.itemsize));
      },
      py::arg("data"));
  m.def(
      "id_hashes",
      [](const WholeNumbers& numbers) {
        const std::span<const std::int64_t> given{numbers.data(), static_cast<std::size_t>(numbers.size())};
        return array_bytes(storage::id_hashes(given));
      },
      py::arg("numbers").noconvert(), "By which part the account of each number goes to: unsigned, of 64 bits.");
  m.def(
      "id_hashes",
      [](const WholeNumbers& offsets, const py::buffer& letters) {
        const py::buffer_info info = letters.request();
        const std::span<const std::int64_t> given{offsets.data(), static_cast<std::size_t>(offsets.size())};
        const auto size = info.size * info.itemsize;
        if (given.empty() || given.front() < 0 || given.back() > size || !std::ranges::is_sorted(given)) {
          throw py::value_error{"offsets that leave the letters"};
        }
        return array_bytes(
            storage::id_hashes(given, {static_cast<const char*>(info.ptr), static_cast<std::size_t>(size)}));
      },
      py::arg("offsets").noconvert(), py::arg("letters"), "The same of texts as Arrow's large_string has them.");
}

}  // namespace customerhealth::bindings
