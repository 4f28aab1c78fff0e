#include <algorithm>
#include <initializer_list>
#include <string>

#include "customerhealth/arrow/all_null.hpp"
#include "customerhealth/common/errors.hpp"
#include "customerhealth/source/path.hpp"
#include "customerhealth/source/prepared.hpp"
#include "load.hpp"

namespace customerhealth::ledger {
namespace {

using Kinds = std::initializer_list<arrow::SourceKind>;

struct Role {
  std::optional<std::int32_t> column;
  const char* name;
  Kinds kinds;
  const char* wanted;
};

constexpr Kinds kInstants{arrow::SourceKind::instant, arrow::SourceKind::text};  // each text is read when it is met
constexpr Kinds kTexts{arrow::SourceKind::text};
constexpr Kinds kOrders{arrow::SourceKind::integer, arrow::SourceKind::number, arrow::SourceKind::instant,
                        arrow::SourceKind::text};
constexpr Kinds kFlags{arrow::SourceKind::boolean, arrow::SourceKind::integer, arrow::SourceKind::number,
                       arrow::SourceKind::text};

void check_role(const model::TableSpec& spec, const arrow::ArrowTable& table, const std::vector<std::size_t>& columns,
                const Role& role) {
  if (!role.column) return;
  const auto column = columns[static_cast<std::size_t>(*role.column)];
  const arrow::SourceKind kind = table.kind(column);
  if (std::ranges::find(role.kinds, kind) != role.kinds.end() || arrow::is_all_null(table.chunks(column))) return;
  const auto& name = spec.columns[static_cast<std::size_t>(*role.column)];
  throw DataError{spec.name + "." + name + ": " + role.name + " needs " + role.wanted + ", this column is " +
                      table.type_name(column),
                  spec.name, name};
}

}  // namespace

std::vector<std::size_t> match_columns(const model::TableSpec& spec, const arrow::ArrowTable& table) {
  std::vector<std::size_t> columns;
  for (const std::string& name : spec.columns) {
    columns.push_back(source::find_column(spec.name, table, name));
  }
  const char* instants = "dates, timestamps or texts in ISO form";
  const bool intervals = spec.kind == model::TableKind::intervals;
  check_role(spec, table, columns, {spec.time, intervals ? "start" : "time", kInstants, instants});
  check_role(spec, table, columns, {spec.end, "end", kInstants, instants});
  check_role(spec, table, columns, {spec.known, "known", kInstants, instants});
  check_role(spec, table, columns, {spec.currency, "currency", kTexts, "texts such as EUR and USD"});
  check_role(spec, table, columns, {spec.order, "order", kOrders, "numbers, dates, timestamps or texts in ISO form"});
  check_role(spec, table, columns,
             {spec.deleted, "deleted", kFlags, "booleans, 1 and 0, or texts such as true and no"});
  return columns;
}

}  // namespace customerhealth::ledger
