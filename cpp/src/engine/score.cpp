#include "score.hpp"

#include <algorithm>
#include <numeric>

#include "block.hpp"
#include "presence.hpp"
#include "staleness.hpp"

namespace customerhealth {
namespace {

// A block's cells and rows should lie in the second-level cache while it is worked on.
constexpr std::int64_t kCellsPerBlock = 8192;
constexpr std::int64_t kRowsPerBlock = 16384;

/// Accounts side by side in panel order, and where their rows of the panel go.
struct Block {
  std::size_t begin = 0, end = 0;  // in Ledger::order
  std::int64_t weight = 0;         // rows of tables
  std::size_t row = 0;             // the first row
  std::size_t room = 0;            // rows there may be
  std::size_t rows = 0;            // rows there turned out to be
};

std::vector<Block> cut(const Ledger& ledger, const std::vector<std::int32_t>& room, std::size_t as_ofs) {
  std::vector<Block> blocks;
  if (as_ofs == 0) return blocks;
  std::int64_t cells = 0;
  std::size_t row = 0;
  for (std::size_t a = 0; a < ledger.order.size(); ++a) {
    const std::int64_t weight = std::accumulate(
        ledger.tables.begin(), ledger.tables.end(), std::int64_t{0},
        [&](std::int64_t sum, const TableData& table) { return sum + rows_of(table, ledger.order[a]); });
    const bool full = !blocks.empty() && (cells >= kCellsPerBlock || blocks.back().weight + weight > kRowsPerBlock);
    if (blocks.empty() || full) {
      blocks.push_back({a, a, 0, row, 0, 0});
      cells = 0;
    }
    Block& block = blocks.back();
    block.end = a + 1;
    block.weight += weight;
    block.room += static_cast<std::size_t>(room[a]);
    row += static_cast<std::size_t>(room[a]);
    cells += static_cast<std::int64_t>(as_ofs);
  }
  return blocks;
}

class Scoring {
 public:
  Scoring(std::shared_ptr<const Snapshot> snapshot, std::span<const Instant> as_ofs, Watch& watch)
      : as_ofs_{as_ofs}, watch_{&watch}, data_{std::make_shared<Panel::Data>()} {
    data_->snapshot = std::move(snapshot);
    data_->asked.assign(as_ofs.begin(), as_ofs.end());
    question_.snapshot = data_->snapshot.get();
    question_.as_ofs = as_ofs;
  }

  std::shared_ptr<const Panel::Data> run() && {
    const Snapshot& snapshot = *data_->snapshot;
    question_.stale = stale_tables(*snapshot.model, *snapshot.ledger, as_ofs_, *watch_);
    blocks_ = cut(*snapshot.ledger, most_rows(*snapshot.model, *snapshot.ledger, as_ofs_, *watch_), as_ofs_.size());
    allocate();
    std::vector<std::size_t> order(blocks_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, std::greater{}, [this](std::size_t b) { return blocks_[b].weight; });
    watch_->expect(static_cast<std::int64_t>(order.size()));
    for_each(static_cast<std::int64_t>(order.size()), [&](std::int64_t i) {
      answer(blocks_[order[static_cast<std::size_t>(i)]]);
      watch_->advance();
    });
    close_ranks();
    return std::move(data_);
  }

 private:
  void allocate() {
    const std::size_t room = blocks_.empty() ? 0 : blocks_.back().row + blocks_.back().room;
    data_->accounts = Buffer<AccountCode>(room);
    data_->as_ofs = Buffer<Instant>(room);
    data_->columns.emplace_back();
    for (std::size_t s = 1; s < question_.snapshot->bound.slot_types.size(); ++s) {
      data_->columns.push_back(std::make_unique<PanelColumn>(question_.snapshot->bound.slot_types[s],
                                                             question_.snapshot->integers[s], room));
    }
  }

  void answer(Block& block) {
    const auto accounts = std::span{question_.snapshot->ledger->order}.subspan(block.begin, block.end - block.begin);
    const BlockAnswers answers = answer_block(question_, accounts, *watch_);
    for (std::size_t a = 0; a < accounts.size(); ++a) write(answers, a, accounts[a], block);
  }

  /// Copies runs of cells that have a panel row: nearly always one, from the account's first row on.
  void write(const BlockAnswers& answers, std::size_t index, AccountCode account, Block& block) {
    const std::size_t first = index * as_ofs_.size();
    for (std::size_t k = 0; k < as_ofs_.size();) {
      if (answers.present[first + k] == 0) {
        ++k;
        continue;
      }
      std::size_t end = k + 1;
      while (end < as_ofs_.size() && answers.present[first + end] != 0) ++end;
      const std::size_t row = block.row + block.rows, count = end - k;
      std::fill_n(data_->accounts.data() + row, count, account);
      std::copy_n(as_ofs_.data() + k, count, data_->as_ofs.data() + row);
      for (std::size_t s = 1; s < data_->columns.size(); ++s)
        data_->columns[s]->write(answers.slots[s], first + k, count, row);
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
        std::copy_n(data_->as_ofs.data() + block.row, block.rows, data_->as_ofs.data() + to);
        for (std::size_t s = 1; s < data_->columns.size(); ++s) data_->columns[s]->move(block.row, to, block.rows);
      }
      to += block.rows;
    }
    data_->rows = to;
    data_->accounts.shrink(to);
    data_->as_ofs.shrink(to);
    for (std::size_t s = 1; s < data_->columns.size(); ++s) data_->columns[s]->shrink(to);
  }

  std::span<const Instant> as_ofs_;
  Watch* watch_;
  std::shared_ptr<Panel::Data> data_;
  Question question_;
  std::vector<Block> blocks_;
};

}  // namespace

std::shared_ptr<const Panel::Data> score(std::shared_ptr<const Snapshot> snapshot, std::span<const Instant> as_ofs,
                                         Watch& watch) {
  return Scoring{std::move(snapshot), as_ofs, watch}.run();
}

}  // namespace customerhealth
