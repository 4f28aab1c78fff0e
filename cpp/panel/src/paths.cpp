#include "customerhealth/scores/paths.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <unordered_map>

#include "customerhealth/common/number.hpp"
#include "customerhealth/ledger/account_column.hpp"
#include "customerhealth/panel/data.hpp"
#include "customerhealth/panel/gathered.hpp"
#include "customerhealth/panel/pieces.hpp"
#include "words.hpp"

namespace customerhealth::panel {
namespace {

constexpr std::size_t kPanelRowsPerPiece = 1024;

/// The answers for every chosen row: `[part][row]`, like PathColumns.
struct Answers {
  explicit Answers(std::size_t cells)
      : status(cells),
        from(cells),
        to(cells),
        from_label(cells),
        to_label(cells),
        gain(cells),
        has(cells),
        wanted(cells),
        downward(cells),
        edge(cells),
        peer_share(cells, kNan) {}
  [[nodiscard]] scores::PathColumns columns() {
    return {status, from, to, from_label, to_label, gain, has, wanted, downward, edge};
  }
  void copy(const Answers& block, std::size_t from_cell, std::size_t to_cell, std::size_t count) {
    const auto one = [&](const auto& source, auto& target) {
      std::copy_n(source.begin() + static_cast<std::ptrdiff_t>(from_cell), count,
                  target.begin() + static_cast<std::ptrdiff_t>(to_cell));
    };
    one(block.status, status);
    one(block.from, from);
    one(block.to, to);
    one(block.from_label, from_label);
    one(block.to_label, to_label);
    one(block.gain, gain);
    one(block.has, has);
    one(block.wanted, wanted);
    one(block.downward, downward);
    one(block.edge, edge);
  }

  std::vector<scores::PathStatus> status;
  std::vector<double> from, to;
  std::vector<TextCode> from_label, to_label;
  std::vector<double> gain, has, wanted;
  std::vector<std::uint8_t> downward;
  std::vector<double> edge;
  std::vector<double> peer_share;
};

/// The share of peers that have what is wanted, or more of it, for one measure.
void share_among_peers(Answers& answers, std::size_t part, std::size_t rows) {
  const std::size_t first = part * rows;
  std::vector<double> peers;
  for (std::size_t i = first; i < first + rows; ++i) {
    if (!std::isnan(answers.has[i])) peers.push_back(answers.has[i]);
  }
  if (peers.empty()) return;
  std::ranges::sort(peers);
  for (std::size_t i = first; i < first + rows; ++i) {
    if (answers.status[i] != scores::PathStatus::reaches) continue;
    const double wanted = answers.wanted[i];
    const auto there = answers.downward[i] != 0 ? std::ranges::upper_bound(peers, wanted) - peers.begin()
                                                : peers.end() - std::ranges::lower_bound(peers, wanted);
    answers.peer_share[i] = static_cast<double>(there) / static_cast<double>(peers.size());
  }
}

/// Texts as categories, in the order in which they turn up.
class Labels {
 public:
  explicit Labels(const Texts& texts) : texts_{&texts} {}
  [[nodiscard]] std::int32_t index(TextCode code) {
    if (code.is_missing()) return -1;
    const auto [found, is_new] = places_.try_emplace(code.get(), static_cast<std::int32_t>(names_.size()));
    if (is_new) names_.emplace_back(texts_->text(code));
    return found->second;
  }
  [[nodiscard]] std::shared_ptr<const std::vector<std::string>> names() const {
    return std::make_shared<const std::vector<std::string>>(names_);
  }

 private:
  const Texts* texts_;
  std::unordered_map<std::int32_t, std::int32_t> places_;
  std::vector<std::string> names_;
};

/// Which columns a table of paths has.
enum class PathDetail : std::uint8_t { as_shown, taken_apart };

class PathTable {
 public:
  PathTable(const Panel::Data& data, const scores::Paths& paths, std::vector<std::size_t> rows, CutRows shown,
            PathDetail detail)
      : data_{data},
        paths_{paths},
        rows_{std::move(rows)},
        shown_{shown},
        detail_{detail},
        answers_{paths.parts() * rows_.size()} {}

  std::shared_ptr<const arrow::ResultTable> build(Watch& watch) {
    const auto leaves = static_cast<std::int64_t>(paths_.nest().leaves.size());
    const std::vector<Piece> pieces = pieces_of(0, rows_.size(), kPanelRowsPerPiece);
    each_piece(pieces, watch, [&](std::size_t i) { answer(pieces[i], watch); });
    for_each(leaves, [&](std::int64_t leaf) {
      watch.check();
      share_among_peers(answers_, static_cast<std::size_t>(leaf), rows_.size());
    });
    return table(watch);
  }

 private:
  [[nodiscard]] bool is_shown(std::size_t row) const noexcept { return row >= shown_.begin && row < shown_.end; }

  void answer(Piece piece, const Watch& watch) {
    const auto [begin, count] = piece;
    const GatheredRows gathered{data_, std::span{rows_}.subspan(begin, count)};
    Answers block{paths_.parts() * count};
    std::vector<std::uint8_t> asked;
    for (std::size_t i = begin; i < begin + count; ++i) asked.push_back(is_shown(rows_[i]) ? 1 : 0);
    paths_.fill(gathered.frame(), asked, block.columns(), watch);
    for (std::size_t part = 0; part < paths_.parts(); ++part) {
      answers_.copy(block, part * count, part * rows_.size() + begin, count);
    }
  }

  /// The cells of a row that say something, in the order in which they are shown.
  [[nodiscard]] std::vector<std::size_t> ranked(std::size_t row) const {
    std::vector<std::size_t> cells;
    for (std::size_t part = 0; part < paths_.parts(); ++part) {
      const std::size_t cell = part * rows_.size() + row;
      if (answers_.status[cell] != scores::PathStatus::none) cells.push_back(cell);
    }
    constexpr std::array order{3, 0, 2, 1};  // by PathStatus: what reaches, what is held, what is not enough
    std::ranges::stable_sort(cells, [&](std::size_t a, std::size_t b) {
      const auto of = [&](std::size_t cell) { return order[static_cast<std::size_t>(answers_.status[cell])]; };
      if (of(a) != of(b)) return of(a) < of(b);
      return answers_.peer_share[a] > answers_.peer_share[b];
    });
    return cells;
  }

  [[nodiscard]] std::shared_ptr<const arrow::ResultTable> table(const Watch& watch) const {
    std::vector<AccountCode> accounts;
    std::vector<std::size_t> cells;
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      if (!is_shown(rows_[row])) continue;
      watch.check();
      for (const std::size_t cell : ranked(row)) {
        accounts.push_back(data_.accounts[rows_[row]]);
        cells.push_back(cell);
      }
    }
    auto table = table_of(*data_.snapshot->model, 1);
    table->batches[0] = {static_cast<std::int64_t>(cells.size()), columns(accounts, cells)};
    if (detail_ == PathDetail::taken_apart) add_details(cells, table->batches[0].columns);
    return table;
  }

  void add_details(const std::vector<std::size_t>& cells, std::vector<arrow::ResultColumn>& columns) const {
    const std::size_t leaves = paths_.nest().leaves.size();
    Words cap, within;
    std::vector<double> edge;
    for (const std::size_t cell : cells) {
      const std::size_t part = cell / rows_.size();
      edge.push_back(answers_.edge[cell]);
      cap.add(part < leaves ? std::nullopt : std::optional{cap_name(paths_.nest().caps[part - leaves])});
      within.add(part < leaves ? std::nullopt : std::optional{paths_.nest().caps[part - leaves].within});
    }
    columns.push_back(std::move(cap).column("cap"));
    columns.push_back(std::move(within).column("within"));
    columns.push_back(arrow::number_column("edge", std::move(edge)));
  }
  [[nodiscard]] const std::string& cap_name(const scores::NestPlace& cap) const {
    return cap.score->caps[static_cast<std::size_t>(cap.index)].spec->name;
  }

  [[nodiscard]] std::vector<arrow::ResultColumn> columns(const std::vector<AccountCode>& accounts,
                                                         const std::vector<std::size_t>& cells) const {
    std::vector<std::int32_t> part, status, from_label, to_label;
    Labels labels{data_.snapshot->texts};
    for (const std::size_t cell : cells) {
      part.push_back(static_cast<std::int32_t>(cell / rows_.size()));
      status.push_back(static_cast<std::int32_t>(answers_.status[cell]) - 1);
      from_label.push_back(labels.index(answers_.from_label[cell]));
      to_label.push_back(labels.index(answers_.to_label[cell]));
    }
    const auto numbers = [&](std::string name, const std::vector<double>& values) {
      std::vector<double> out;
      out.reserve(cells.size());
      for (const std::size_t cell : cells) out.push_back(values[cell]);
      return arrow::number_column(std::move(name), std::move(out));
    };
    static const auto statuses = std::make_shared<const std::vector<std::string>>(
        std::vector<std::string>{"reaches", "alone_not_enough", "held_by_cap"});
    const auto names = labels.names();
    return {ledger::account_column(*data_.snapshot->ledger->ids, accounts),
            arrow::category_column("part", std::move(part), part_names()),
            numbers("from", answers_.from),
            numbers("to", answers_.to),
            numbers("gain", answers_.gain),
            arrow::category_column("status", std::move(status), statuses),
            numbers("peer_share", answers_.peer_share),
            arrow::category_column("from_label", std::move(from_label), names),
            arrow::category_column("to_label", std::move(to_label), names)};
  }

  [[nodiscard]] std::shared_ptr<const std::vector<std::string>> part_names() const {
    auto names = std::make_shared<std::vector<std::string>>();
    for (const scores::NestPlace& leaf : paths_.nest().leaves) names->push_back(leaf.name);
    for (const scores::NestPlace& cap : paths_.nest().caps) names->push_back(cap.name);
    return names;
  }

  const Panel::Data& data_;
  const scores::Paths& paths_;
  std::vector<std::size_t> rows_;  // of the panel
  CutRows shown_;                  // others are only peers
  PathDetail detail_;
  Answers answers_;
};

model::GradeIndex find_grade(const model::ScoreSpec& score, std::string_view name) {
  const auto found = std::ranges::find(score.grades, name, &model::Grade::name);
  if (found != score.grades.end()) return model::GradeIndex::at(static_cast<std::size_t>(found - score.grades.begin()));
  throw std::out_of_range{"the score '" + score.name + "' has no grade '" + std::string{name} + "'"};
}

/// The rows at an as-of; by default the last there is.
std::vector<std::size_t> rows_at(const Panel::Data& data, std::optional<Instant> as_of) {
  const auto as_ofs = data.as_ofs->span();
  std::vector<std::size_t> rows;
  if (!as_of && as_ofs.empty()) return rows;
  const Instant wanted = as_of ? *as_of : *std::ranges::max_element(as_ofs);
  for (std::size_t row = 0; row < as_ofs.size(); ++row) {
    if (as_ofs[row] == wanted) rows.push_back(row);
  }
  if (rows.empty()) throw DataError{"the panel has no row as of " + to_string(wanted), "", "as_of"};
  return rows;
}

/// What is asked of the paths of a panel.
struct PathQuestion {
  std::string_view grade, score;
  std::optional<Instant> as_of;
  PanelRows of;
};

std::shared_ptr<const arrow::ResultTable> answer(const Panel::Data& data, const PathQuestion& question,
                                                 PathDetail detail, Threads threads, Watch& watch) {
  const model::BoundModel& model = data.snapshot->bound;
  const model::BoundScore& score = score_of(model, question.score);
  const scores::Paths paths{model, score, find_grade(*score.spec, question.grade)};
  PathTable table{data, paths, rows_at(data, question.as_of), CutRows{question.of, data.rows}, detail};
  std::shared_ptr<const arrow::ResultTable> result;
  run(threads, watch, [&] { result = table.build(watch); });
  return result;
}

}  // namespace

std::shared_ptr<const arrow::ResultTable> Panel::path_to(std::string_view grade, std::string_view score,
                                                         std::optional<Instant> as_of, Threads threads, Watch& watch,
                                                         PanelRows of) const {
  return answer(*data_, {grade, score, as_of, of}, PathDetail::as_shown, threads, watch);
}

std::shared_ptr<const arrow::ResultTable> Panel::ways(std::string_view grade, std::string_view score, Instant as_of,
                                                      Threads threads, Watch& watch, PanelRows of) const {
  return answer(*data_, {grade, score, as_of, of}, PathDetail::taken_apart, threads, watch);
}

}  // namespace customerhealth::panel
