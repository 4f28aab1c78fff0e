#include "over_time.hpp"

#include <algorithm>

#include "customerhealth/scores/hysteresis.hpp"
#include "customerhealth/scores/trend.hpp"

namespace customerhealth::engine {
namespace {

scores::ScoreAt score_at(const metrics::Cells& score, std::size_t cell) noexcept {
  return {score.numbers[cell], score.reasons[cell]};
}

/// Moves runs down over what is left out. Columns that the type of the cells has not are empty.
template <class T>
void keep_runs(const Instants& instants, std::vector<T>& values) {
  auto to = values.begin();
  for (std::size_t first = 0; first < values.size(); first += instants.all.size()) {
    for (const InstantRun& run : instants.asked) {
      const auto from = values.begin() + static_cast<std::ptrdiff_t>(first + run.begin);
      to = std::copy_n(from, run.count, to);
    }
  }
  values.erase(to, values.end());
}

}  // namespace

void hold_grades(const model::ScoreSpec& spec, std::size_t score, const WalkBlock& block,
                 std::span<const double> scores, std::span<model::GradeIndex> grades,
                 std::vector<AccountGrade>& record) {
  const scores::Hysteresis hysteresis{spec};
  const Instants& instants = *block.instants;
  const std::size_t count = instants.all.size();
  std::vector<scores::GradeChange> kept, changes;
  for (std::size_t a = 0; a < block.accounts.size(); ++a) {
    const std::size_t first = a * count;
    kept.clear(), changes.clear();
    if (block.resumed != nullptr) {
      for (const AccountGrade& one : block.resumed->grades(score, block.accounts[a])) {
        kept.push_back(one.change);
        record.push_back(one);
      }
    }
    hysteresis.walk({instants.all, instants.is_tick, block.present.subspan(first, count), kept, instants.walked_until},
                    scores.subspan(first, count), grades.subspan(first, count), changes);
    for (const scores::GradeChange& change : changes) record.push_back({block.accounts[a], change});
  }
}

TrendCells trend_cells(const model::ScoreSpec& spec, std::span<const TextCode> directions,
                       std::span<const std::int32_t> before, std::span<const std::uint8_t> present,
                       const metrics::Cells& score, const metrics::Cells* grades) {
  const std::size_t cells = score.numbers.size();
  const double width = spec.scale.high - spec.scale.low;
  TrendCells out{metrics::Cells{Type::number, cells}, metrics::Cells{Type::text, cells}, {}};
  if (grades != nullptr) out.grade_before = metrics::Cells{Type::text, cells};
  for (std::size_t cell = 0; cell < cells; ++cell) {
    const std::size_t k = cell % before.size(), first = cell - k;
    const std::size_t then = first + static_cast<std::size_t>(std::max(before[k], 0));
    const bool is_there = before[k] >= 0 && present[then] != 0;
    const scores::ScoreAt was = is_there ? score_at(score, then) : scores::kNoPanelRow;
    const scores::ScoreAt change = scores::change_of(score_at(score, cell), was);
    if (change.reason != Reason::none) {
      out.change.set_missing(cell, change.reason);
      out.trend.set_missing(cell, change.reason);
    } else {
      out.change.numbers[cell] = change.score;
      out.trend.texts[cell] =
          directions[static_cast<std::size_t>(scores::direction_of(change.score, spec.trend->flat_within, width))];
    }
    if (grades == nullptr) continue;
    if (was.reason != Reason::none)
      out.grade_before.set_missing(cell, was.reason);
    else
      out.grade_before.texts[cell] = grades->texts[then];
  }
  return out;
}

void keep_asked(const Instants& instants, metrics::Cells& cells) {
  keep_runs(instants, cells.numbers);
  keep_runs(instants, cells.integers);
  keep_runs(instants, cells.valid);
  keep_runs(instants, cells.truths);
  keep_runs(instants, cells.texts);
  keep_runs(instants, cells.instants);
  keep_runs(instants, cells.reasons);
}

void keep_asked(const Instants& instants, std::vector<scores::Standing>& standings) { keep_runs(instants, standings); }

void keep_asked(const Instants& instants, std::vector<std::uint8_t>& present) { keep_runs(instants, present); }

}  // namespace customerhealth::engine
