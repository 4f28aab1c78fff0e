#include "staleness.hpp"

#include <algorithm>
#include <mutex>

#include "customerhealth/metrics/timeline.hpp"
#include "customerhealth/metrics/visibility.hpp"

namespace customerhealth::engine {
namespace {

constexpr std::int64_t kAccountsPerPass = 512;

/// The number of visible rows, and of those new enough, as differences from one as-of to the next.
struct Tally {
  std::vector<std::int64_t> visible, fresh;

  explicit Tally(std::size_t as_ofs) : visible(as_ofs + 1), fresh(as_ofs + 1) {}
  void add(const Tally& other) {
    for (std::size_t k = 0; k < visible.size(); ++k) visible[k] += other.visible[k], fresh[k] += other.fresh[k];
  }
};

/// The edges of `stale_after` ascend.
Tally tally_of(const model::TableSpec& spec, const ledger::TableBlock& block, std::span<const Instant> as_ofs) {
  Tally tally{as_ofs.size()};
  const metrics::Visibility visibility = metrics::visibility_of(spec, block, as_ofs);
  const auto known = spec.kind == model::TableKind::intervals ? metrics::known_of(spec, block) : std::vector<Instant>{};
  const auto times = known.empty() ? block.instants(*spec.time) : std::span<const Instant>{known};
  std::vector<std::int32_t> aged(block.rows());
  metrics::count_edges(metrics::shifted(as_ofs, std::nullopt, spec.stale_after), times, aged);
  for (std::size_t i = 0; i < block.rows(); ++i) {
    if (!visibility.ever(i)) continue;
    const auto from = static_cast<std::size_t>(visibility.from[i]),
               until = static_cast<std::size_t>(visibility.until[i]);
    ++tally.visible[from], --tally.visible[until];
    const std::size_t old = std::clamp(static_cast<std::size_t>(aged[i]), from, until);
    ++tally.fresh[from], --tally.fresh[old];
  }
  return tally;
}

/// Of the rows of some accounts.
Tally tally_of(const model::TableSpec& spec, const ledger::TableData& table, std::span<const AccountCode> of,
               std::span<const Instant> as_ofs, Watch& watch) {
  const auto accounts = static_cast<std::int64_t>(of.size());
  Tally total{as_ofs.size()};
  std::mutex adding;
  for_each((accounts + kAccountsPerPass - 1) / kAccountsPerPass, [&](std::int64_t task) {
    watch.check();
    const auto begin = static_cast<std::size_t>(task * kAccountsPerPass);
    const auto count = std::min(static_cast<std::size_t>(kAccountsPerPass), of.size() - begin);
    const Tally tally = tally_of(spec, ledger::read_block(spec, table, of.subspan(begin, count)), as_ofs);
    const std::scoped_lock lock{adding};
    total.add(tally);
  });
  return total;
}

}  // namespace

std::vector<std::vector<scores::Freshness>> table_freshness(const model::Model& model, const ledger::Ledger& ledger,
                                                            std::span<const Instant> instants, Watch& watch) {
  std::vector<std::vector<scores::Freshness>> tables(model.tables.size());
  for (std::size_t t = 0; t < model.tables.size(); ++t) {
    const model::TableSpec& spec = model.tables[t];
    if (!spec.stale_after) continue;
    tables[t].resize(instants.size());
    const std::vector<metrics::Reach> reach{{std::nullopt, spec.stale_after}};
    for (const std::vector<std::int32_t>& places : metrics::ascending_parts(reach, instants)) {
      std::vector<Instant> own;
      for (const std::int32_t place : places) own.push_back(instants[static_cast<std::size_t>(place)]);
      Tally total = tally_of(spec, ledger.tables[t], ledger.order, own, watch);
      if (!ledger.keyed[t].orphans.empty()) {  // rows of nobody tell of the feed too
        ledger::TableData by_key = ledger.tables[t];
        by_key.segments = ledger.keyed[t].segments;
        total.add(tally_of(spec, by_key, ledger.keyed[t].orphans, own, watch));
      }
      std::int64_t visible = 0, fresh = 0;
      for (std::size_t k = 0; k < places.size(); ++k) {
        visible += total.visible[k], fresh += total.fresh[k];
        tables[t][static_cast<std::size_t>(places[k])] = {visible > 0, fresh > 0};
      }
    }
  }
  return tables;
}

}  // namespace customerhealth::engine
