#include "score.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <optional>

#include "block.hpp"
#include "customerhealth/lifecycle/ticks.hpp"
#include "presence.hpp"
#include "staleness.hpp"

namespace customerhealth::engine {
namespace {

// A block's cells and rows should lie in the second-level cache while it is worked on.
constexpr std::size_t kCellsPerBlock = 8192;
constexpr std::int64_t kTableRowsPerBlock = 16384;

/// Accounts side by side in panel order, and where their rows of the panel go.
struct Block {
  std::size_t begin = 0, end = 0;  // in Ledger::order
  std::int64_t weight = 0;         // rows of tables
  std::size_t row = 0;             // the first row
  std::size_t room = 0;            // rows there may be
  std::size_t rows = 0;            // rows there turned out to be
  std::size_t length = 0;          // of its stretch
  bool is_resumed = false;         // the walk of its accounts is kept
};

/// What one account brings to a block.
struct Share {
  std::int64_t weight = 0;
  std::size_t room = 0, length = 0;
  bool is_resumed = false;
};

/// The instants at which accounts are worked at: those whose walk is kept, or the others.
struct Plan {
  Instants instants;
  std::vector<std::int32_t> places;              // among the instants of the peers
  std::vector<std::vector<std::uint8_t>> stale;  // beside Model::tables; at each instant, or empty: never
  std::optional<Stretches> stretches;
};

/// Cuts accounts into blocks. All of a block are worked at as many instants as the one that needs most, so an account
/// whose first row lies far before those of its neighbours has a block of its own.
class BlockCutter {
 public:
  void add(std::size_t account, const Share& share) {
    if (blocks_.empty() || is_full(share)) {
      blocks_.push_back({account, account, 0, row_, 0, 0, 0, share.is_resumed});
      needed_ = 0;
    }
    Block& block = blocks_.back();
    block.end = account + 1;
    block.weight += share.weight;
    block.room += share.room;
    block.length = std::max(block.length, share.length);
    row_ += share.room;
    needed_ += share.length;
  }
  [[nodiscard]] std::vector<Block> take() && { return std::move(blocks_); }

 private:
  [[nodiscard]] bool is_full(const Share& share) const noexcept {
    const Block& block = blocks_.back();
    if (block.is_resumed != share.is_resumed) return true;
    const std::size_t accounts = block.end - block.begin;
    if (block.length * accounts >= kCellsPerBlock || block.weight + share.weight > kTableRowsPerBlock) return true;
    const std::size_t cells = std::max(block.length, share.length) * (accounts + 1);
    return cells > 2 * kCellsPerBlock && cells > 2 * (needed_ + share.length);
  }

  std::vector<Block> blocks_;
  std::size_t row_ = 0;     // of the panel
  std::size_t needed_ = 0;  // cells that the accounts of the last block need
};

class Scoring {
 public:
  /// `given`: peers to apply, or to go on from; a null pointer: none. `planned`: the steps that say which instants are
  /// looked at. `over_time`: the ticks are asked for as well. `walk`: what is kept; a null pointer: nothing.
  Scoring(std::shared_ptr<const panel::Snapshot> snapshot, std::span<const Instant> as_ofs,
          std::shared_ptr<const scores::Peers> given, const PanelPart& part, std::span<const model::Step> planned,
          bool over_time, KeptWalk* walk, Watch& watch)
      : as_ofs_{as_ofs},
        part_{&part},
        walk_{walk},
        watch_{&watch},
        data_{std::make_shared<panel::Panel::Data>(std::move(snapshot))} {
    data_->asked.assign(as_ofs.begin(), as_ofs.end());
    question_.snapshot = data_->snapshot.get();
    question_.part = &part;
    const model::Model& model = *question_.snapshot->model;
    first_rows_ = first_rows(model, *question_.snapshot->ledger, watch);
    const Instant before = first_rows_.empty() ? kLastInstant : std::ranges::min(first_rows_);
    if (over_time && !as_ofs.empty()) {
      std::ranges::set_union(as_ofs, lifecycle::ticks_between(model.clock, before, as_ofs.back()),
                             std::back_inserter(with_ticks_));
      as_ofs_ = with_ticks_;
    }
    whole_.instants = plan_instants(model, planned, as_ofs_, before, kMissingInstant, watch);
    if (walk_ != nullptr) find_walked();
    if (is_walked_.empty())
      plans_ = {&whole_};
    else
      resumed_.instants = plan_instants(model, planned, as_ofs_, before, resumption_.until(), watch);
    if (given) given->check(model);
    if (!given || !given->complete()) {
      fitting_ = given ? std::make_shared<scores::Peers>(*given)
                       : std::make_shared<scores::Peers>(model, plans_.front()->instants.all,
                                                         std::vector<Instant>{as_ofs.begin(), as_ofs.end()});
      fitting_->over_time = over_time;
    }
    peers_ = fitting_ ? fitting_ : std::move(given);
    question_.peers = peers_.get();
    for (Plan* plan : plans_) plan->places = peers_->places(plan->instants.all);
  }

  std::shared_ptr<const panel::Panel::Data> run() && {
    fit_freshness();
    cut_blocks();
    allocate();
    // A block that has nothing to wait for is written at once; the others stay until the last level is fitted.
    if (!peers_->complete()) fit_levels(part_->levels());
    each_block([&](std::size_t b) {
      work_on(b).run_fitted();
      works_[b]->finish();
      write(b);
      walks_[b].emplace(works_[b]->take_walk());
      works_[b].reset();
    });
    close_ranks();
    keep_walk();
    return std::move(data_);
  }

  std::shared_ptr<const scores::Peers> fit_next() && {
    if (peers_->complete()) return peers_;
    const bool says_nothing = std::ranges::all_of(peers_->tables, &std::vector<scores::Freshness>::empty);
    if (peers_->levels == 0 && !says_nothing) {
      fit_freshness();
      return peers_;
    }
    fit_freshness();
    cut_blocks();
    if (!peers_->complete()) fit_levels(peers_->levels + 1);
    return peers_;
  }

 private:
  /// Whose walk goes on from what is kept. Where that is not nearly all, all are walked from the beginning: blocks of a
  /// few accounts each would cost more.
  void find_walked() {
    constexpr std::size_t kMostOthers = 10;  // in a hundred
    resumption_ = Resumption{*question_.snapshot->model, *part_, *walk_};
    if (is_missing(resumption_.until())) return;
    const std::vector<AccountCode>& accounts = question_.snapshot->ledger->order;
    is_walked_.resize(accounts.size());
    std::ranges::transform(accounts, is_walked_.begin(), [&](AccountCode a) { return resumption_.was_walked(a); });
    const auto others = static_cast<std::size_t>(std::ranges::count(is_walked_, std::uint8_t{0}));
    if (100 * others > kMostOthers * accounts.size()) return is_walked_.clear();
    // The instants of those that are kept are among those of the others, which come first.
    plans_ = others > 0 ? std::vector{&whole_, &resumed_} : std::vector{&resumed_};
  }

  [[nodiscard]] bool is_walked(std::size_t account) const noexcept {
    return !is_walked_.empty() && is_walked_[account] != 0;
  }

  /// Level 0 of peers.
  void fit_freshness() {
    const panel::Snapshot& snapshot = *question_.snapshot;
    if (peers_->levels == 0) {
      fitting_->tables = table_freshness(*snapshot.model, *snapshot.ledger, peers_->instants, *watch_);
      fitting_->levels = 1;
    }
    for (Plan* plan : plans_) {
      for (const auto& table : peers_->tables) {
        auto& stale = plan->stale.emplace_back();
        if (table.empty()) continue;
        for (const std::int32_t place : plan->places) {
          stale.push_back(table[static_cast<std::size_t>(place)].stale() ? 1 : 0);
        }
      }
    }
  }

  void cut_blocks() {
    const panel::Snapshot& snapshot = *question_.snapshot;
    question_.plans = metrics::plan_tables(snapshot.bound, part_->nodes);  // metrics come first among the nodes
    for (Plan* plan : plans_) plan->stretches.emplace(plan->instants, plan->stale, plan->places, question_.plans);
    BlockCutter cutter;
    for (std::size_t a = 0; a < first_rows_.size() && !as_ofs_.empty(); ++a) cutter.add(a, share_of(a));
    blocks_ = std::move(cutter).take();
    for (const Block& block : blocks_) {
      watch_->check();
      stretch_of_.push_back(&plan_of(block.is_resumed).stretches->of_length(block.length));
    }
    works_.resize(blocks_.size());
    walks_.resize(blocks_.size());
    order_.resize(blocks_.size());
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    std::ranges::stable_sort(order_, std::greater{}, [this](std::size_t b) { return blocks_[b].weight; });
  }

  [[nodiscard]] Plan& plan_of(bool is_resumed) noexcept { return is_resumed ? resumed_ : whole_; }

  [[nodiscard]] Share share_of(std::size_t account) {
    const ledger::Ledger& ledger = *question_.snapshot->ledger;
    const auto rows = [&](std::int64_t sum, const ledger::TableData& table) {
      return sum + ledger::rows_of(table, ledger.order[account]);
    };
    return {std::accumulate(ledger.tables.begin(), ledger.tables.end(), std::int64_t{0}, rows),
            count_after(as_ofs_, first_rows_[account]),
            plan_of(is_walked(account)).stretches->length_after(first_rows_[account]), is_walked(account)};
  }

  /// The heaviest first.
  template <class Do>
  void each_block(const Do& work) {
    watch_->expect(static_cast<std::int64_t>(order_.size()));
    for_each(static_cast<std::int64_t>(order_.size()), [&](std::int64_t i) {
      work(order_[static_cast<std::size_t>(i)]);
      watch_->advance();
    });
  }

  [[nodiscard]] BlockWork& work_on(std::size_t b) {
    if (!works_[b]) {
      const Resumption* const resumed = blocks_[b].is_resumed ? &resumption_ : nullptr;
      const auto room = data_->columns.empty()
                            ? std::nullopt
                            : std::optional{PanelRoom{data_->columns, blocks_[b].row, blocks_[b].room}};
      works_[b] =
          std::make_unique<BlockWork>(question_, *stretch_of_[b], accounts_of(blocks_[b]), room, resumed, *watch_);
    }
    return *works_[b];
  }

  /// Level by level: what each block says of the nodes, then each node at each instant over all blocks.
  void fit_levels(std::int32_t until) {
    const model::Model& model = *question_.snapshot->model;
    for (; peers_->levels < until; ++fitting_->levels) {
      std::vector<model::PeersIndex> nodes;
      for (std::size_t n = 0; n < model.peers.size(); ++n) {
        const model::PeersNode& node = model.peers[n];
        if (node.level == peers_->levels && part_->needs_score(node.score)) nodes.push_back(model::PeersIndex::at(n));
      }
      std::vector<std::vector<scores::PeersSample>> samples(nodes.size(),
                                                            std::vector<scores::PeersSample>(blocks_.size()));
      each_block([&](std::size_t b) {
        BlockWork& work = work_on(b);
        work.run_fitted();
        for (std::size_t n = 0; n < nodes.size(); ++n) samples[n][b] = work.sample(nodes[n]);
      });
      std::vector<scores::NodeFitting> fittings;
      for (std::size_t n = 0; n < nodes.size(); ++n) {
        fittings.emplace_back(samples[n], peers_->instants.size(), fitting_->nodes[nodes[n].place()]);
      }
      const std::size_t instants = peers_->instants.size();  // those of all parts; none of this one before its rows
      for_each(static_cast<std::int64_t>(fittings.size() * instants), [&](std::int64_t i) {
        watch_->check();
        fittings[static_cast<std::size_t>(i) / instants].fit(static_cast<std::size_t>(i) % instants);
      });
      fitting_->share_values();
      for (std::size_t n = 0; n < nodes.size(); ++n) {
        for (std::size_t b = 0; b < blocks_.size(); ++b) works_[b]->take_fitted(nodes[n], std::move(samples[n][b]));
      }
    }
  }

  [[nodiscard]] std::span<const AccountCode> accounts_of(const Block& block) const noexcept {
    return std::span{question_.snapshot->ledger->order}.subspan(block.begin, block.end - block.begin);
  }

  void allocate() {
    const std::size_t room = blocks_.empty() ? 0 : blocks_.back().row + blocks_.back().room;
    data_->accounts = Buffer<AccountCode>(room);
    data_->as_ofs = std::make_shared<Buffer<Instant>>(room);
    data_->columns.emplace_back();
    const std::vector<std::uint8_t> shown = columns_shown();
    for (std::size_t s = 1; s < question_.snapshot->bound.slot_types.size(); ++s) {
      auto& column = data_->columns.emplace_back();
      if (shown[s] == 0) continue;
      column = std::make_shared<panel::PanelColumn>(question_.snapshot->bound.slot_types[s],
                                                    question_.snapshot->integers[s], room);
    }
    if (fitting_) allocate_standings(room);
  }

  /// Where the ranks go that are fitted now: contributions ask for them again.
  void allocate_standings(std::size_t room) {
    const model::Model& model = *question_.snapshot->model;
    data_->standings.resize(model.peers.size());
    for (std::size_t n = 0; n < model.peers.size(); ++n) {
      const bool is_fitted = model.peers[n].level >= peers_->levels && part_->needs_score(model.peers[n].score);
      const bool ranks = scores::statistic_of(model, model.peers[n]) == scores::PeersStatistic::rank;
      if (is_fitted && ranks) data_->standings[n] = Buffer<scores::Standing>(room);
    }
  }

  /// Those that were asked for, and what plays show as of now.
  [[nodiscard]] std::vector<std::uint8_t> columns_shown() const {
    const model::Model& model = *question_.snapshot->model;
    std::vector<std::uint8_t> shown = part_->columns;
    for (std::size_t p = 0; p < model.plays.size(); ++p) {
      if (part_->nodes[model.node_of(model::Step::Kind::play, static_cast<std::int32_t>(p))] == 0) continue;
      for (const SlotIndex slot : question_.snapshot->bound.plays[p].values) shown[slot.place()] = 1;
    }
    return shown;
  }

  template <class Use>
  void each_column(const Use& use) {
    for (std::size_t s = 1; s < data_->columns.size(); ++s) {
      if (data_->columns[s]) use(s, *data_->columns[s]);
    }
  }

  template <class Use>
  void each_standings(const Use& use) {
    for (std::size_t n = 0; n < data_->standings.size(); ++n) {
      if (!data_->standings[n].empty()) use(n, data_->standings[n]);
    }
  }

  void write(std::size_t b) {
    const auto accounts = accounts_of(blocks_[b]);
    const auto asked = as_ofs_.subspan(stretch_of_[b]->asked_before);
    for (std::size_t a = 0; a < accounts.size(); ++a) write(works_[b]->answers(), asked, a, accounts[a], blocks_[b]);
  }

  /// Copies runs of cells that have a panel row: nearly always one, from the account's first row on.
  void write(const BlockAnswers& answers, std::span<const Instant> asked, std::size_t index, AccountCode account,
             Block& block) {
    const std::size_t first = index * asked.size();
    for (std::size_t k = 0; k < asked.size();) {
      if (answers.present[first + k] == 0) {
        ++k;
        continue;
      }
      std::size_t end = k + 1;
      while (end < asked.size() && answers.present[first + end] != 0) ++end;
      const std::size_t row = block.row + block.rows, count = end - k;
      std::fill_n(data_->accounts.data() + row, count, account);
      std::copy_n(asked.data() + k, count, data_->as_ofs->data() + row);
      each_column([&](std::size_t s, panel::PanelColumn& column) {
        const bool is_there = !answers.in_panel.empty() && answers.in_panel[s] != 0;
        if (!is_there) column.write(answers.slots[s], first + k, count, row);
      });
      each_standings([&](std::size_t n, Buffer<scores::Standing>& rows) {
        const bool is_known = n < answers.standings.size() && !answers.standings[n].empty();
        if (is_known)
          std::copy_n(answers.standings[n].data() + first + k, count, rows.data() + row);
        else
          std::fill_n(rows.data() + row, count, scores::Standing{});
      });
      block.rows += count;
      k = end;
    }
  }

  /// Where rows turned out not to be there, those after them move up.
  void close_ranks() {
    std::size_t to = 0;
    for (const Block& block : blocks_) {
      if (to != block.row && block.rows > 0) {
        std::copy_n(data_->accounts.data() + block.row, block.rows, data_->accounts.data() + to);
        std::copy_n(data_->as_ofs->data() + block.row, block.rows, data_->as_ofs->data() + to);
        each_column([&](std::size_t, panel::PanelColumn& column) { column.move(block.row, to, block.rows); });
        each_standings([&](std::size_t, Buffer<scores::Standing>& rows) {
          std::copy_n(rows.data() + block.row, block.rows, rows.data() + to);
        });
      }
      to += block.rows;
    }
    data_->rows = to;
    data_->accounts.shrink(to);
    data_->as_ofs->shrink(to);
    data_->keep_peers(peers_);
    each_column([&](std::size_t, panel::PanelColumn& column) { column.shrink(to); });
    each_standings([&](std::size_t, Buffer<scores::Standing>& rows) { rows.shrink(to); });
  }

  void keep_walk() {
    const panel::Snapshot& snapshot = *question_.snapshot;
    WalkRecord seen{*snapshot.model};
    for (auto& walk : walks_) seen.append(std::move(*walk));
    if (walk_ != nullptr && !as_ofs_.empty()) {
      const auto accounts = static_cast<std::size_t>(snapshot.ledger->account_count);
      walk_->take(*snapshot.model, *part_, seen, as_ofs_.back(), accounts);
    }
    data_->life = std::move(seen.life);
  }

  std::vector<Instant> with_ticks_;
  std::span<const Instant> as_ofs_;
  const PanelPart* part_;
  KeptWalk* walk_;
  Watch* watch_;
  std::shared_ptr<panel::Panel::Data> data_;
  std::shared_ptr<scores::Peers> fitting_;  // none: all levels were given
  std::shared_ptr<const scores::Peers> peers_;
  Question question_;
  Resumption resumption_;
  std::vector<std::uint8_t> is_walked_;  // beside Ledger::order; empty: none
  Plan whole_, resumed_;
  std::vector<Plan*> plans_;         // those of some account; the first has the instants of the other too
  std::vector<Instant> first_rows_;  // beside Ledger::order
  std::vector<Block> blocks_;
  std::vector<const Stretch*> stretch_of_;         // beside `blocks_`
  std::vector<std::unique_ptr<BlockWork>> works_;  // beside `blocks_`; none: not begun, or done with
  std::vector<std::optional<WalkRecord>> walks_;   // beside `blocks_`, when they are done with
  std::vector<std::size_t> order_;                 // of `blocks_`: the heaviest first
};

}  // namespace

std::shared_ptr<const panel::Panel::Data> score(std::shared_ptr<const panel::Snapshot> snapshot,
                                                std::span<const Instant> as_ofs,
                                                std::shared_ptr<const scores::Peers> peers, const PanelPart& part,
                                                KeptWalk* walk, Watch& watch) {
  if (peers && !peers->complete()) {
    throw DataError{"peers: they have " + std::to_string(peers->levels) + " of " +
                        std::to_string(peers->levels_wanted) + " levels: fit the next with the portfolio's peers()",
                    "", ""};
  }
  if (peers) walk = nullptr;  // it was walked among others
  return Scoring{std::move(snapshot), as_ofs, std::move(peers), part, part.steps, false, walk, watch}.run();
}

std::shared_ptr<const scores::Peers> fit_peers(std::shared_ptr<const panel::Snapshot> snapshot,
                                               std::span<const Instant> as_ofs,
                                               std::shared_ptr<const scores::Peers> given, bool over_time,
                                               Watch& watch) {
  if (given) over_time = given->over_time;
  if (given && given->as_ofs != std::vector<Instant>{as_ofs.begin(), as_ofs.end()}) {
    throw DataError{"peers: the levels before were fitted at other as-ofs; all levels need the same", "", ""};
  }
  const model::Model& model = *snapshot->model;
  const PanelPart compared = PanelPart::compared(model, given ? std::max(given->levels, 1) : 1);
  return Scoring{std::move(snapshot), as_ofs, std::move(given), compared, model.steps, over_time, nullptr, watch}
      .fit_next();
}

}  // namespace customerhealth::engine
