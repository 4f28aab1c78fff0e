#include "customerhealth/scores/paths.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "customerhealth/common/number.hpp"
#include "inverse.hpp"
#include "least_points.hpp"
#include "shapes.hpp"

namespace customerhealth::scores {
namespace {

/// So few rows that the levels of a nest stay in cache while a search scores them again and again.
constexpr std::size_t kRowsPerAsk = 256;

/// Some rows of one part.
PathColumns part_of(const PathColumns& all, std::size_t first, std::size_t rows) noexcept {
  const auto cut = [&](auto span) { return span.subspan(first, rows); };
  return {cut(all.status), cut(all.from), cut(all.to),     cut(all.from_label), cut(all.to_label),
          cut(all.gain),   cut(all.has),  cut(all.wanted), cut(all.downward),   cut(all.edge)};
}

void clear(const PathColumns& out) noexcept {
  std::ranges::fill(out.status, PathStatus::none);
  for (const auto span : {out.from, out.to, out.gain, out.has, out.wanted, out.edge}) std::ranges::fill(span, kNan);
  for (const auto span : {out.from_label, out.to_label}) std::ranges::fill(span, TextCode{});
  std::ranges::fill(out.downward, std::uint8_t{0});
}

/// What is asked of a block of rows, and the way to its answers.
class Asking {
 public:
  Asking(const model::Model& model, const ScoreNest& nest, const Edge& edge, const Frame& frame,
         std::span<const std::uint8_t> asked)
      : model_{model},
        nest_{nest},
        edge_{edge},
        frame_{frame},
        held_{nest, frame},
        other_(frame.rows),
        asked_(frame.rows) {
    const auto slot = nest.top->spec->slot.place();
    score_ = numbers_of(frame.columns[slot], buffer_);
    for (std::size_t row = 0; row < frame.rows; ++row) {
      const bool applies = frame.reason(nest.top->spec->slot, row) != Reason::not_applicable;
      asked_[row] = asked[row] != 0 && applies && !reaches(score_[row], edge_) ? 1 : 0;
    }
  }

  [[nodiscard]] bool any() const noexcept { return std::ranges::find(asked_, 1) != asked_.end(); }

  /// Finds the rows that a cap of the top score keeps below the grade, whatever the measures are; `caps[c]` is the
  /// output of cap c.
  void hold_by_caps(std::span<const PathColumns> caps) {
    const model::ScoreSpec& top = *nest_.top->spec;
    std::vector<std::uint8_t> open = asked_;  // rows whose earlier caps still matter
    for (std::size_t c = top.caps.size(); c-- > 0;) {
      const std::vector<double> limits = limits_of(nest_.caps[c]);
      held_.without_cap(nest_.caps[c], other_);
      for (std::size_t row = 0; row < frame_.rows; ++row) {
        if (open[row] == 0 || std::isnan(limits[row])) continue;
        const bool reaching = reaches(settled(top, limits[row]), edge_),
                   most = top.caps[c].kind == model::Cap::Kind::at_most;
        if (reaching ? !most : top.caps[c].kind == model::Cap::Kind::set)
          open[row] = 0;  // caps before it change nothing
        if (reaching || top.caps[c].kind == model::Cap::Kind::at_least) continue;
        hold(caps[c], row, limits[row]);
        asked_[row] = 0;
      }
    }
  }

  /// Finds the rows that would reach the grade without this cap of a nested score.
  void hold_by_nested_cap(const NestPlace& cap, const PathColumns& out) {
    const std::vector<double> limits = limits_of(cap);
    held_.without_cap(cap, other_);
    for (std::size_t row = 0; row < frame_.rows; ++row) {
      if (asked_[row] != 0 && !std::isnan(limits[row]) && reaches(other_[row], edge_)) hold(out, row, limits[row]);
    }
  }

  void answer(const NestPlace& leaf, const PathColumns& out);

 private:
  [[nodiscard]] std::vector<double> limits_of(const NestPlace& cap) const {
    return cap_limits(cap.score->caps[static_cast<std::size_t>(cap.index)], frame_);
  }
  void hold(const PathColumns& out, std::size_t row, double limit) const noexcept {
    out.status[row] = PathStatus::held_by_cap;
    out.from[row] = limit;
    out.gain[row] = other_[row] - score_[row];
  }

  const model::Model& model_;
  const ScoreNest& nest_;
  const Edge& edge_;
  const Frame& frame_;
  HeldNest held_;
  std::vector<double> buffer_;
  std::span<const double> score_;
  std::vector<double> other_;        // the score by the latest question
  std::vector<std::uint8_t> asked_;  // rows below the grade that no cap holds there
};

/// One measure over a block of rows: its values, and the wanted ones.
class Leaf {
 public:
  /// `least_is_open`: it takes more points than some number, which itself is not enough (a grade `above` one).
  Leaf(const model::Model& model, const NestPlace& place, const Frame& frame, bool least_is_open)
      : measure_{place.score->measures[at(place.index)]},
        frame_{frame},
        least_is_open_{least_is_open},
        column_{measure_.value->evaluate(frame.columns, frame.rows)},
        cases_{cases_in_force(measure_, frame)},
        domain_{value_domain(model, measure_.value->lone_name())},
        wanted_numbers_(frame.rows, kNan),
        wanted_truths_(frame.rows, Truth::missing),
        wanted_texts_(frame.rows) {
    values_ = {column_.view(), numbers_of(column_.view(), buffer_)};
    texts_ = std::get_if<std::span<const TextCode>>(&values_.view);
    look_at_peers();
    by_label_ = std::ranges::any_of(
        measure_.cases, [](const auto& one) { return model::facts_of(one.spec->shape).reads == Reads::labels; });
  }

  [[nodiscard]] const MeasureValues& values() const noexcept { return values_; }
  [[nodiscard]] bool by_label() const noexcept { return by_label_; }
  [[nodiscard]] TextCode text(std::size_t row) const noexcept {
    return texts_ == nullptr ? TextCode{} : (*texts_)[row];
  }

  /// Whether the row's points come from the value, known or not, rather than from a fixed answer of its case.
  [[nodiscard]] bool concerns(std::size_t row) const noexcept {
    const model::Shape* shape = shape_at(row);
    if (shape == nullptr || model::facts_of(*shape).gives == model::ShapeFacts::Gives::reason) return false;
    return !model::ignores_value(*shape) || !is_missing(values_.view, row);
  }

  /// Writes the wanted value of a row; false: no value has `least` points.
  bool want(std::size_t row, double least, const PathColumns& out) {
    const model::Shape& shape = *shape_at(row);
    return std::visit(
        [&]<class S>(const S& one) {
          if constexpr (S::kFacts.reads == Reads::labels) {
            return want_label(one, row, least, out);
          } else {
            return want_number(shape, row, least, out);
          }
        },
        shape);
  }

  /// The points of what is wanted; `points` where nothing is.
  void points_of_wanted(std::span<double> points) const {
    std::vector<double> found(points.size());
    ColumnView view = std::span<const double>{wanted_numbers_};
    // A column of nulls has no type: texts or booleans, as the labels are.
    const bool of_texts =
        std::ranges::any_of(measure_.cases, [](const model::BoundCase& one) { return !one.labels.empty(); });
    if (by_label_)
      view = of_texts ? ColumnView{std::span<const TextCode>{wanted_texts_}}
                      : ColumnView{std::span<const Truth>{wanted_truths_}};
    points_of_values(measure_, cases_, {view, wanted_numbers_}, frame_, found);
    for (std::size_t row = 0; row < points.size(); ++row)
      points[row] = std::isnan(found[row]) ? points[row] : found[row];
  }

 private:
  using Reads = model::ShapeFacts::Reads;

  static std::size_t at(std::int32_t index) noexcept { return static_cast<std::size_t>(index); }

  [[nodiscard]] const model::Shape* shape_at(std::size_t row) const noexcept {
    const std::int32_t chosen = cases_.at(row);
    return chosen < 0 ? nullptr : &measure_.cases[at(chosen)].spec->shape;
  }

  /// Peers stay as they were fitted; nothing where no value has points among them.
  [[nodiscard]] std::optional<Held> held_at(std::size_t row) const {
    const std::size_t c = at(cases_.at(row));
    Held held{.scale = measure_.score->scale};
    if (const model::AmongPeers* among = model::among_peers(measure_.cases[c].spec->shape)) {
      if (peers_[c].count(row) < among->least) return std::nullopt;
      held.peers = peers_[c].values(row);
      held.group = held.peers == nullptr ? 0 : peers_[c].group(row);
    }
    if (!shrunk_[c]) return held;
    held.shrinking = shrunk_[c]->shrinking(row);
    return held.shrinking ? std::optional{held} : std::nullopt;
  }

  /// What each case compares with.
  void look_at_peers() {
    peers_.resize(measure_.cases.size());
    shrunk_.resize(measure_.cases.size());
    for (std::size_t c = 0; c < measure_.cases.size(); ++c) {
      const model::Case& one = *measure_.cases[c].spec;
      const auto& within = measure_.cases[c].within;
      if (one.shape_peers) peers_[c] = RowPeers{within ? &*within : nullptr, *one.shape_peers, frame_};
      if (one.shrink_peers) shrunk_[c].emplace(values_.numbers, measure_, c, frame_);
    }
  }

  /// `wanted` and `to` become the nearest value that has the points.
  bool want_number(const model::Shape& shape, std::size_t row, double least, const PathColumns& out) {
    const auto held = held_at(row);
    const auto found = held ? nearest_value(shape, values_.numbers[row], least, domain_, *held) : std::nullopt;
    if (!found) return false;
    wanted_numbers_[row] = out.to[row] = out.wanted[row] = found->value;
    out.downward[row] = found->downward ? 1 : 0;
    const bool open = found->end == RangeEnd::open || (found->end == RangeEnd::crossing && least_is_open_);
    if (open) out.edge[row] = found->edge();
    return true;
  }

  bool want_label(const model::LabelsShape& labels, std::size_t row, double least, const PathColumns& out) {
    const auto found = nearest_label(labels, least);
    if (!found) return false;
    const auto& codes = measure_.cases[at(cases_.at(row))].labels;
    if (codes.empty()) {
      const bool truth = labels.points[*found].first == "true";
      wanted_truths_[row] = truth ? Truth::yes : Truth::no;
      out.to[row] = truth ? 1.0 : 0.0;
    } else {
      wanted_texts_[row] = out.to_label[row] = codes[*found];
    }
    out.wanted[row] = labels.points[*found].second;
    return true;
  }

  const model::BoundMeasure& measure_;
  const Frame& frame_;
  bool least_is_open_;
  Column column_;
  std::vector<double> buffer_;
  MeasureValues values_;
  const std::span<const TextCode>* texts_ = nullptr;
  CasesInForce cases_;
  std::vector<RowPeers> peers_;                      // by case
  std::vector<std::optional<ShrunkValues>> shrunk_;  // by case
  model::ValueDomain domain_;
  bool by_label_ = false;
  std::vector<double> wanted_numbers_;
  std::vector<Truth> wanted_truths_;
  std::vector<TextCode> wanted_texts_;
};

/// Whether the score or one that is made of it, up to the top, is rounded: what then jumps at the grade's edge is the
/// rounded score.
bool rounds_on_the_way(const ScoreNest& nest, const model::BoundScore& score) {
  std::vector<const model::BoundScore*> way{&score};
  bool rounds = false;
  for (const model::BoundScore* const level : nest.levels) {  // each after what it needs
    const bool needs = std::ranges::any_of(level->measures, [&](const model::BoundMeasure& measure) {
      return std::ranges::find(way, measure.nested) != way.end();
    });
    if (needs) way.push_back(level);
    rounds = rounds || ((needs || level == &score) && level->spec->round.has_value());
  }
  return rounds;
}

void Asking::answer(const NestPlace& place, const PathColumns& out) {
  Leaf leaf{model_, place, frame_, edge_.lower_keeps_it && !rounds_on_the_way(nest_, *place.score)};
  const PointsRange range = points_range(*place.score->spec);
  std::vector<std::uint8_t> open(frame_.rows);
  for (std::size_t row = 0; row < frame_.rows; ++row) {
    out.has[row] = leaf.by_label() ? held_.points(place)[row] : leaf.values().numbers[row];
    open[row] = asked_[row] != 0 && leaf.concerns(row) ? 1 : 0;
    if (open[row] == 0) continue;
    out.status[row] = PathStatus::alone_not_enough;
    out.from[row] = leaf.values().numbers[row];
    out.from_label[row] = leaf.text(row);
  }
  if (std::ranges::find(open, 1) == open.end()) return;
  const std::vector<double> least = least_points(held_, place, range, edge_, open);
  std::vector<double> points(frame_.rows, range.low);
  for (std::size_t row = 0; row < frame_.rows; ++row) {
    if (open[row] != 0) open[row] = !std::isnan(least[row]) && leaf.want(row, least[row], out) ? 1 : 0;
  }
  leaf.points_of_wanted(points);
  clamp_points(points, range);
  held_.with_points(place, points, other_);
  for (std::size_t row = 0; row < frame_.rows; ++row) {
    if (open[row] == 0) continue;
    // Status and gain come from scoring the wanted value, not from the search that found it.
    assert(reaches(other_[row], edge_));
    if (!reaches(other_[row], edge_)) {
      out.to[row] = out.edge[row] = kNan;
      out.to_label[row] = TextCode{};
      continue;
    }
    out.status[row] = PathStatus::reaches;
    out.gain[row] = other_[row] - score_[row];
  }
}

}  // namespace

Paths::Paths(const model::BoundModel& model, const model::BoundScore& score, model::GradeIndex grade)
    : model_{model.model}, nest_{score} {
  const model::Grade& wanted = score.spec->grades[grade.place()];
  // The first grade takes what is below the second, whatever its own edge: every score reaches it.
  edge_ = grade.place() == 0 ? Edge{-kInfinity, false} : Edge{*wanted.edge, !wanted.includes_edge};
}

void Paths::fill(const Frame& frame, std::span<const std::uint8_t> asked, const PathColumns& out,
                 const Watch& watch) const {
  assert(out.status.size() == parts() * frame.rows && asked.size() == frame.rows);
  clear(out);
  const std::size_t leaves = nest_.leaves.size();
  for (std::size_t begin = 0; begin < frame.rows; begin += kRowsPerAsk) {
    const std::size_t count = std::min(kRowsPerAsk, frame.rows - begin);
    const Frame rows = slice(frame, begin, count);
    Asking asking{*model_, nest_, edge_, rows, asked.subspan(begin, count)};
    std::vector<PathColumns> caps;
    for (std::size_t c = 0; c < nest_.caps.size(); ++c) {
      caps.push_back(part_of(out, (leaves + c) * frame.rows + begin, count));
    }
    if (asking.any()) asking.hold_by_caps(caps);
    for (std::size_t c = 0; c < caps.size(); ++c) {
      if (asking.any() && nest_.caps[c].score != nest_.top) asking.hold_by_nested_cap(nest_.caps[c], caps[c]);
    }
    for (std::size_t leaf = 0; leaf < leaves; ++leaf) {
      watch.check();
      asking.answer(nest_.leaves[leaf], part_of(out, leaf * frame.rows + begin, count));
    }
  }
}

}  // namespace customerhealth::scores
