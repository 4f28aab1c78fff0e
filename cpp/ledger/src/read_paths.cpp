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

Finding finding_of(const source::Lapse& lapse) {
  const bool is_text = lapse.kind == source::Lapse::Kind::no_json;
  return {is_text ? Finding::Check::no_json : Finding::Check::mixed_types, lapse.rows, lapse.first_row,
          lapse.column + " " + lapse.example, lapse.column};
}

}  // namespace

ReadPaths read_paths(const model::Model& model, std::size_t table, const arrow::ArrowTable& given,
                     const AccountIds& ids, Watch& watch) {
  const model::TableSpec& spec = model.tables[table];
  if (std::ranges::none_of(spec.source.columns, [&](const std::string& column) { return is_path(column, given); }))
    return {given, {}};
  const std::vector<model::ColumnRole> roles = model::column_roles(model)[table];
  std::vector<source::Wanted> wanted;
  for (std::size_t c = 0; c < spec.source.columns.size(); ++c) {
    using Use = model::ColumnRole::Use;
    wanted.push_back({spec.source.columns[c], roles[c].fits, roles[c].use != Use::value, std::nullopt});
    if (roles[c].use == Use::account && ids.kind() != AccountIds::Kind::unknown)
      wanted.back().integer_ids = ids.kind() == AccountIds::Kind::integer;
  }
  source::Walked walked = source::walk(given, spec.name, wanted, watch);
  ReadPaths out{std::move(walked.table), {}};
  for (const source::Lapse& lapse : walked.lapses) out.findings.push_back(finding_of(lapse));
  return out;
}

bool is_account_by_path(const model::TableSpec& spec, const arrow::ArrowTable& given) {
  return is_path(spec.columns[static_cast<std::size_t>(spec.account)], given);
}

}  // namespace customerhealth::ledger
