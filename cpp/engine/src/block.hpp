#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "customerhealth/common/parallel.hpp"
#include "customerhealth/engine/panel_part.hpp"
#include "customerhealth/metrics/answer.hpp"
#include "customerhealth/panel/snapshot.hpp"
#include "customerhealth/scores/peer_rows.hpp"
#include "instants.hpp"
#include "life.hpp"
#include "table_answers.hpp"

namespace customerhealth::engine {

/// What one call of `score` asks of every block.
struct Question {
  const panel::Snapshot* snapshot = nullptr;
  const PanelPart* part = nullptr;
  Instants instants;
  std::span<const Instant> as_ofs;               // all of them: as-ofs asked for or not
  std::vector<metrics::TablePlan> plans;         // beside Model::tables
  std::vector<TableGrid> grids;                  // beside Model::tables
  std::vector<std::vector<std::uint8_t>> stale;  // beside Model::tables; at each of `as_ofs`, or empty: never
  const scores::Peers* peers = nullptr;          // fitted level by level between the steps
  std::vector<std::int32_t> places;              // of `as_ofs` among their instants
};

/// The answers for some accounts at every as-of asked for, whether there is a panel row or not. Cells lie
/// [account][as-of].
struct BlockAnswers {
  std::vector<metrics::Cells> slots;  // beside Model::slots
  std::vector<std::uint8_t> present;  // is there a panel row?
};

/// Works out everything that is asked for, for a block of accounts, node by node in dependency order. Where a step
/// needs peers, which are those of all blocks, it waits until they are fitted.
class BlockWork {
 public:
  /// Reads the tables.
  BlockWork(const Question& question, std::span<const AccountCode> accounts, const Watch& watch);
  ~BlockWork();

  /// All steps whose peers are fitted and that have not run yet.
  void run_fitted();
  /// What the block's rows add to a node of Model::peers whose level comes next.
  [[nodiscard]] scores::PeersSample sample(std::int32_t node) const;
  /// When all steps have run: leaves out what was not asked for. Once.
  void finish();
  /// Of the as-ofs asked for, when that is done.
  [[nodiscard]] const BlockAnswers& answers() const noexcept;
  /// What happened between them. Once.
  [[nodiscard]] panel::LifeRecord take_life();

 private:
  class Steps;
  std::unique_ptr<Steps> steps_;
};

}  // namespace customerhealth::engine
