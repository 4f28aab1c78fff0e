#include "read_paths.hpp"

#include <algorithm>

#include "customerhealth/model/column_roles.hpp"
#include "customerhealth/source/path.hpp"
#include "customerhealth/source/walk.hpp"

namespace customerhealth::ledger {
namespace {

bool is_path(const std::string& column, const arrow::ArrowTable& given) {
  const std::vector<std::string>& there = given.column_names();
  return std::ranges::find(there, column) == there.end() && source::root_of(column, there).has_value();
}

Finding::Check check_of(source::Lapse::Kind kind) noexcept {
  switch (kind) {
    case source::Lapse::Kind::no_json:
      return Finding::Check::no_json;
    case source::Lapse::Kind::mixed_types:
      return Finding::Check::mixed_types;
    case source::Lapse::Kind::no_list:
      break;
  }
  return Finding::Check::no_list;
}

Finding finding_of(const source::Lapse& lapse) {
  return {check_of(lapse.kind), lapse.rows, lapse.first_row, lapse.column + " " + lapse.example, lapse.column};
}

/// What `types` says of a column of ids, or the ids that are known.
std::optional<bool> integer_ids(const model::ColumnRole& role, const AccountIds& ids) {
  if (role.settled && role.types == std::vector{Type::number}) return true;
  if (role.settled && role.types == std::vector{Type::text}) return false;
  if (role.use != model::ColumnRole::Use::account || ids.kind() == AccountIds::Kind::unknown) return std::nullopt;
  return ids.kind() == AccountIds::Kind::integer;
}

}  // namespace

ReadPaths read_paths(const model::Model& model, std::size_t table, const arrow::ArrowTable& given,
                     const AccountIds& ids, Watch& watch) {
  const model::TableSpec& spec = model.tables[table];
  const auto leads_inside = [&](const std::string& column) { return is_path(column, given); };
  if (!spec.source.each && std::ranges::none_of(spec.source.columns, leads_inside)) return {given, {}, {}};
  const std::vector<model::ColumnRole> roles = model::column_roles(model)[table];
  std::vector<source::Wanted> wanted;
  for (std::size_t c = 0; c < spec.source.columns.size(); ++c) {
    const bool is_name = roles[c].use != model::ColumnRole::Use::value;
    wanted.push_back({spec.source.columns[c], roles[c].fits, is_name,
                      is_name ? integer_ids(roles[c], ids) : std::nullopt, roles[c].settled});
  }
  source::Walked walked =
      source::walk(given, spec.name, wanted, watch, spec.source.each ? &*spec.source.each : nullptr);
  ReadPaths out{std::move(walked.table), {}, std::move(walked.places)};
  for (const source::Lapse& lapse : walked.lapses) out.findings.push_back(finding_of(lapse));
  return out;
}

bool is_account_by_path(const model::TableSpec& spec, const arrow::ArrowTable& given) {
  const std::string& account = spec.columns[static_cast<std::size_t>(spec.account)];
  return is_path(account, given) || (spec.source.each && spec.source.each->column == account);
}

}  // namespace customerhealth::ledger
