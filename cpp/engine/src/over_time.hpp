#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "customerhealth/metrics/answer.hpp"
#include "customerhealth/model/bound_model.hpp"
#include "instants.hpp"
#include "walk_block.hpp"

/// What scores owe to the past, for a block of accounts. Cells lie [account][instant], at every instant worked at.
namespace customerhealth::engine {

/// Turns the plain grades of a score into those that hysteresis shows, and adds what ticks changed to `record`, what is
/// kept of earlier ones included.
void hold_grades(const model::ScoreSpec& spec, std::size_t score, const WalkBlock& block,
                 std::span<const double> scores, std::span<model::GradeIndex> grades,
                 std::vector<AccountGrade>& record);

/// The columns of a score's trend.
struct TrendCells {
  metrics::Cells change, trend, grade_before;  // the last one empty where the score has no grades
};

/// `grades` is null where the score has none.
[[nodiscard]] TrendCells trend_cells(const model::ScoreSpec& spec, std::span<const TextCode> directions,
                                     std::span<const std::int32_t> before, std::span<const std::uint8_t> present,
                                     const metrics::Cells& score, const metrics::Cells* grades);

/// Leaves out the cells of instants that were not asked for.
void keep_asked(const Instants& instants, metrics::Cells& cells);
void keep_asked(const Instants& instants, std::vector<scores::Standing>& standings);
void keep_asked(const Instants& instants, std::vector<std::uint8_t>& present);

}  // namespace customerhealth::engine
