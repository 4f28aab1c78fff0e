#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "customerhealth/common/parallel.hpp"
#include "customerhealth/engine/panel_part.hpp"
#include "customerhealth/metrics/answer.hpp"
#include "customerhealth/panel/attributes.hpp"
#include "customerhealth/panel/data.hpp"
#include "customerhealth/panel/snapshot.hpp"
#include "customerhealth/scores/frame.hpp"
#include "customerhealth/scores/peer_rows.hpp"
#include "life.hpp"
#include "stretch.hpp"

namespace customerhealth::engine {

/// What one call of `score` asks of every block.
struct Question {
  const panel::Snapshot* snapshot = nullptr;
  const PanelPart* part = nullptr;
  std::vector<metrics::TablePlan> plans;  // beside Model::tables
  const scores::Peers* peers = nullptr;   // fitted level by level between the steps
};

/// The answers for some accounts at every as-of asked for in their stretch, whether there is a panel row or not. Cells
/// lie [account][as-of].
struct BlockAnswers {
  std::vector<metrics::Cells> slots;  // beside Model::slots
  std::vector<std::uint8_t> present;  // is there a panel row?
  /// Beside Model::slots: whether the cells lie in the panel already, each in a row of its room. Empty: none.
  std::vector<std::uint8_t> in_panel = {};
  /// Beside Model::peers, of each cell: how its value stands, of ranks that were fitted. Empty: none.
  std::vector<std::vector<scores::Standing>> standings = {};
};

/// Where the panel rows of a block go.
struct PanelRoom {
  std::span<const std::shared_ptr<panel::PanelColumn>> columns;  // beside Model::slots; a null pointer: not shown
  std::size_t row = 0, count = 0;                                // the first row; how many there may be
};

/// Works out everything that is asked for, for a block of accounts, node by node in dependency order. Where a step
/// needs peers, which are those of all blocks, it waits until they are fitted.
class BlockWork {
 public:
  /// Reads the tables. `room`: nothing where there will be no panel. `resumed`: what is kept of the walk, of each of
  /// the accounts; a null pointer: nothing.
  BlockWork(const Question& question, const Stretch& stretch, std::span<const AccountCode> accounts,
            std::optional<PanelRoom> room, const Resumption* resumed, const Watch& watch);

  /// All steps whose peers are fitted and that have not run yet, in their order, each level by itself: what a step
  /// needs is of its level or an earlier one. `include` needs no score, so it is of the first.
  void run_fitted();
  /// What the block's rows add to a node of Model::peers whose level comes next.
  [[nodiscard]] scores::PeersSample sample(model::PeersIndex node) const;
  /// Takes that back when the node is fitted: what its values are among all peers need not be searched for.
  void take_fitted(model::PeersIndex node, scores::PeersSample&& sample);
  /// When all steps have run: leaves out what was not asked for. Once.
  void finish();
  /// Of the as-ofs asked for, when that is done.
  [[nodiscard]] const BlockAnswers& answers() const noexcept { return answers_; }
  /// What the ticks did, those that were walked before included. Once.
  [[nodiscard]] WalkRecord take_walk() { return std::move(walk_); }

 private:
  void show_peers();
  void show_standings();
  void read_tables();
  /// model.md §1, "Panel row", but for `include`.
  void find_present();
  void fill_as_of();
  void fill_attributes();
  [[nodiscard]] bool each_cell_has_a_row() const noexcept;
  /// All that needs nothing but the table; the rest waits for its step.
  void start_table(std::size_t table);
  void run_step(const model::Step& step);
  void run_metric(std::size_t index);
  void run_since(const metrics::AggregateTask& task);
  void run_score(std::int32_t index);
  void compare_with_past(std::int32_t index);
  void keep_probabilities(const model::ScoreSpec& spec);
  [[nodiscard]] WalkBlock walk_block() const noexcept;
  void run_journey(std::size_t index);
  void run_cohort(std::size_t index);
  void run_play(std::size_t index);
  void keep_asked_alone();
  void apply_include();
  void keep(SlotIndex slot, metrics::Cells&& cells);
  [[nodiscard]] Type type_of(SlotIndex slot) const noexcept;

  const Question* question_;
  const Stretch* stretch_;
  const panel::Snapshot* snapshot_;
  const model::Model* model_;
  std::span<const AccountCode> accounts_;
  std::optional<PanelRoom> room_;
  const Resumption* resumed_;
  const Watch* watch_;
  std::size_t cell_count_;
  std::vector<std::optional<TableAnswers>> metrics_;  // beside Model::tables; none for the accounts table
  std::optional<panel::AccountRows> account_rows_;
  std::vector<std::vector<const metrics::AggregateTask*>> waiting_;  // by metric: tasks with `since`
  int since_left_ = 0;                                               // tasks that have not run
  std::int32_t levels_run_ = 0;
  std::vector<std::int32_t> places_;                        // of each cell's as-of among the instants of peers
  std::vector<std::optional<scores::PeersSample>> fitted_;  // beside Model::peers: what was taken back
  scores::Frame frame_;
  BlockAnswers answers_;
  WalkRecord walk_;
};

}  // namespace customerhealth::engine
