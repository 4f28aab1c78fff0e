#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "arrow_capsule.hpp"
#include "customerhealth/arrow/nested.hpp"
#include "customerhealth/common/errors.hpp"
#include "customerhealth/ledger/read_columns.hpp"
#include "customerhealth/source/path.hpp"
#include "customerhealth/source/walk.hpp"
#include "registers.hpp"
#include "result_object.hpp"
#include "watch.hpp"

namespace py = pybind11;

namespace customerhealth::bindings {
namespace {

using NamedRole = std::tuple<std::string, std::string, std::string>;  // column, role, what it is for

ledger::RoleColumn::Role role_of(const std::string& text) {
  if (text == "account") return ledger::RoleColumn::Role::account;
  if (text == "instant") return ledger::RoleColumn::Role::instant;
  if (text == "end") return ledger::RoleColumn::Role::end;
  if (text == "number") return ledger::RoleColumn::Role::number;
  throw py::value_error{"role: expected 'account', 'instant', 'end' or 'number', got '" + text + "'"};
}

ResultObject read(py::handle source, const std::string& table, const std::vector<NamedRole>& roles) {
  std::vector<ledger::RoleColumn> columns;
  std::vector<std::string> wanted;
  for (const auto& [column, role, what] : roles) {
    columns.push_back({column, role_of(role), what});
    wanted.push_back(column);
  }
  const arrow::ArrowTable read = read_capsule(source, table, wanted);
  return ResultObject{watched(0, py::none(), [&](Threads threads, Watch& watch) {
    std::shared_ptr<const arrow::ResultTable> result;
    run(threads, watch, [&] { result = ledger::read_columns(read, table, columns, watch); });
    return result;
  })};
}

using NamedTypes = std::tuple<std::string, std::vector<std::string>, bool>;  // path, its types, whether it is a name

std::vector<Type> types_of(const std::vector<std::string>& words) {
  std::vector<Type> out;
  for (const Type type : {Type::number, Type::boolean, Type::text, Type::instant}) {
    if (std::ranges::find(words, to_string(type)) != words.end()) out.push_back(type);
  }
  return out;
}

/// Nothing counts what is missing there: a text that is no JSON, or a value of another type, is an error.
void refuse(const source::Lapse& lapse, const std::string& table) {
  const bool is_text = lapse.kind == source::Lapse::Kind::no_json;
  const std::string what = is_text ? "is no JSON" : "is no value of the column's type";
  throw DataError{table + "." + lapse.column + "[" + std::to_string(lapse.first_row) + "]: '" + lapse.example + "' " +
                      what + (lapse.rows > 1 ? ", the first of " + std::to_string(lapse.rows) + " rows" : ""),
                  table, lapse.column, lapse.first_row, lapse.rows};
}

ResultObject walk(py::handle given, const std::string& table, const std::vector<NamedTypes>& columns) {
  std::vector<source::Wanted> wanted;
  std::vector<std::string> names;
  for (const auto& [name, types, is_name] : columns) {
    wanted.push_back({name, types_of(types), is_name, std::nullopt});
    names.push_back(name);
  }
  const arrow::ArrowTable read = read_capsule(given, table, names);
  return ResultObject{watched(0, py::none(), [&](Threads threads, Watch& watch) {
    auto result = std::make_shared<arrow::ResultTable>();
    run(threads, watch, [&] {
      const source::Walked walked = source::walk(read, table, wanted, watch);
      for (const source::Lapse& lapse : walked.lapses) refuse(lapse, table);
      arrow::ResultTable::Batch& batch = result->batches.emplace_back();
      batch.rows = read.rows();
      for (const std::string& name : names) {
        const auto place = walked.table.find(name);
        if (!place) throw DataError{table + ": no column '" + name + "'", table, name};
        if (walked.table.kind(*place) == arrow::SourceKind::unusable) {
          throw DataError{table + "." + name + ": columns of type " + walked.table.type_name(*place) +
                              " cannot be used; expected numbers, booleans, texts, dates or timestamps",
                          table, name};
        }
        batch.columns.push_back(arrow::result_of(walked.table, *place));
      }
    });
    return std::shared_ptr<const arrow::ResultTable>{std::move(result)};
  })};
}

}  // namespace

void register_columns(py::module_& m) {
  m.def("read_columns", &read, py::arg("source"), py::arg("table"), py::arg("columns"),
        "Columns of a table that no model reads: (column, role, what it is for) each.");
  m.def("walk", &walk, py::arg("given"), py::arg("table"), py::arg("columns"),
        "Columns that are paths into those of a table: (path, types that it may be, whether it is a name) each.");
  m.def("column_suggestion", &source::suggest_column, py::arg("name"), py::arg("columns"),
        "What could have been written instead of a column that a table lacks.");
}

}  // namespace customerhealth::bindings
