#include "table_answers.hpp"

#include <algorithm>

namespace customerhealth::engine {

TableGrid::TableGrid(const metrics::TablePlan& plan, std::span<const Instant> as_ofs,
                     std::span<const std::uint8_t> stale) {
  for (std::vector<std::int32_t>& places : metrics::ascending_parts(plan.reaches, as_ofs)) {
    std::vector<Instant> own;
    std::vector<std::uint8_t> own_stale;
    for (const std::int32_t place : places) {
      own.push_back(as_ofs[static_cast<std::size_t>(place)]);
      if (!stale.empty()) own_stale.push_back(stale[static_cast<std::size_t>(place)]);
    }
    metrics::Timeline timeline{plan.reaches, own};
    parts.push_back({std::move(places), std::move(own), std::move(timeline), std::move(own_stale)});
  }
}

TableAnswers::TableAnswers(const panel::Snapshot& snapshot, std::size_t table, const metrics::TablePlan& plan,
                           const TableGrid& grid, std::span<const AccountCode> accounts)
    : grid_{&grid}, accounts_{accounts.size()}, as_ofs_{0} {
  const model::TableSpec& spec = snapshot.model->tables[table];
  parts_.reserve(grid.parts.size());
  for (const TableGrid::Part& part : grid.parts) {
    parts_.emplace_back(plan, part.timeline,
                        metrics::table_rows(spec, ledger::read_block(spec, snapshot.ledger->tables[table], accounts),
                                            part.as_ofs, plan.reads_ends),
                        part.as_ofs, part.stale, snapshot.texts);
    as_ofs_ += part.as_ofs.size();
  }
  if (parts_.size() == 1) return;  // what it has seen is all
  seen_.assign(accounts_ * as_ofs_, 0);
  for (std::size_t p = 0; p < parts_.size(); ++p) {
    const auto& places = grid.parts[p].places;
    const std::span<const std::uint8_t> seen = parts_[p].seen();
    for (std::size_t a = 0; a < accounts_; ++a) {
      for (std::size_t k = 0; k < places.size(); ++k) {
        seen_[a * as_ofs_ + static_cast<std::size_t>(places[k])] = seen[a * places.size() + k];
      }
    }
  }
}

metrics::Cells TableAnswers::evaluate(const metrics::AggregateTask& task,
                                      const std::optional<metrics::SinceStarts>& since) {
  if (parts_.size() == 1) return parts_.front().evaluate(task, since);
  metrics::Cells cells{task.type, accounts_ * as_ofs_};
  for (std::size_t p = 0; p < parts_.size(); ++p) {
    const auto& places = grid_->parts[p].places;
    const metrics::Cells own = since ? evaluate_part(p, task, *since) : parts_[p].evaluate(task, std::nullopt);
    for (std::size_t a = 0; a < accounts_; ++a) {
      for (std::size_t k = 0; k < places.size(); ++k) {
        cells.copy(own, a * places.size() + k, a * as_ofs_ + static_cast<std::size_t>(places[k]));
      }
    }
  }
  return cells;
}

metrics::Cells TableAnswers::evaluate_part(std::size_t part, const metrics::AggregateTask& task,
                                           const metrics::SinceStarts& since) {
  const auto& places = grid_->parts[part].places;
  const auto whole = [&](std::size_t cell) {
    return cell / places.size() * as_ofs_ + static_cast<std::size_t>(places[cell % places.size()]);
  };
  std::vector<Instant> starts(accounts_ * places.size());
  for (std::size_t cell = 0; cell < starts.size(); ++cell) starts[cell] = since.starts[whole(cell)];
  return parts_[part].evaluate(
      task, metrics::SinceStarts{starts, [&](std::size_t cell) { return since.reason(whole(cell)); }});
}

}  // namespace customerhealth::engine
