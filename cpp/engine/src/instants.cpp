#include "instants.hpp"

#include <algorithm>
#include <iterator>
#include <type_traits>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/lifecycle/ticks.hpp"

namespace customerhealth::engine {
namespace {

using Ascending = std::vector<Instant>;

void add(Ascending& to, const Ascending& more) {
  if (to == more) return;
  Ascending both;
  both.reserve(to.size() + more.size());
  std::ranges::set_union(to, more, std::back_inserter(both));
  to = std::move(both);
}

Ascending earlier(Ascending instants, const Length& by) {
  for (Instant& t : instants) t = minus(t, by);
  // A month before 28 March at noon lies after a month before 29 March at midnight.
  std::ranges::sort(instants);
  instants.erase(std::ranges::unique(instants).begin(), instants.end());
  return instants;
}

/// Whether a step walks the ticks of the clock.
bool walks(const model::Model& model, const model::Step& step) {
  if (step.kind == model::Step::Kind::score)
    return model.scores[static_cast<std::size_t>(step.index)].hysteresis.has_value();
  return step.kind == model::Step::Kind::journey || step.kind == model::Step::Kind::play;
}

/// At which instants each node is needed. A step is looked at before those that it reads.
class Needs {
 public:
  Needs(const model::Model& model, std::span<const model::Step> steps, std::span<const Instant> as_ofs,
        Instant before_first_row, Instant walked_until, const Watch& watch)
      : model_{model},
        watch_{&watch},
        steps_{steps},
        as_ofs_(as_ofs.begin(), as_ofs.end()),
        all_{as_ofs_},
        before_first_row_{before_first_row},
        walked_until_{walked_until} {
    mark();
    if (is_anywhere_) {
      nodes_.assign(model.node_count(), as_ofs_);
      trends_.assign(model.scores.size(), as_ofs_);
      for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
        if (has_past_[model.node_of(step->kind, step->index)] != 0) look_at(*step);
      }
    }
  }

  [[nodiscard]] const Ascending& all() const noexcept { return all_; }
  [[nodiscard]] const Ascending& ticks() const noexcept { return ticks_; }

 private:
  /// Which steps have a past, or read one that has: for the others the as-ofs are as good as any instants.
  void mark() {
    has_past_.assign(model_.node_count(), 0);
    for (const model::Step& step : steps_) {
      bool has = walks(model_, step);
      if (step.kind == model::Step::Kind::score) has = has || model_.scores[static_cast<std::size_t>(step.index)].trend;
      for (const SlotIndex slot : step.reads) has = has || has_past(model_.slots[slot.place()]);
      has_past_[model_.node_of(step.kind, step.index)] = has;
      is_anywhere_ = is_anywhere_ || has;
    }
  }

  [[nodiscard]] bool has_past(const model::Slot& slot) const { return has_past_[model_.node_of(slot)] != 0; }

  void look_at(const model::Step& step) {
    watch_->check();
    Ascending needed = std::move(nodes_[model_.node_of(step.kind, step.index)]);
    if (step.kind == model::Step::Kind::score) {
      const auto index = static_cast<std::size_t>(step.index);
      const auto& trend = model_.scores[index].trend;
      if (trend) add(needed, earlier(std::move(trends_[index]), trend->over));
      if (needed.size() > lifecycle::kMostInstants + as_ofs_.size()) refuse_trend(model_.scores[index]);
    }
    if (walks(model_, step)) {
      const Ascending ticks = lifecycle::ticks_between(model_.clock, before_first_row_, needed.back());
      add(needed, {std::ranges::upper_bound(ticks, walked_until_), ticks.end()});
      add(ticks_, ticks);
    }
    add(all_, needed);
    for (const SlotIndex slot : step.reads) hand_on(needed, model_.slots[slot.place()]);
  }

  [[noreturn]] static void refuse_trend(const model::ScoreSpec& score) {
    throw DataError{score.path +
                        ".trend: with the trends and clocks that read it, it looks at more than 1,000,000 "
                        "instants; trends that read each other's changes double them, so take fewer of these or the "
                        "same `over`",
                    "", ""};
  }

  void hand_on(const Ascending& needed, const model::Slot& read) {
    if (!has_past(read)) return;
    if (read.looks_back()) add(trends_[static_cast<std::size_t>(read.index)], needed);
    add(nodes_[model_.node_of(read)], needed);  // also of a trend: a change is missing where the score is
  }

  const model::Model& model_;
  const Watch* watch_;
  std::span<const model::Step> steps_;
  Ascending as_ofs_, all_, ticks_;
  Instant before_first_row_, walked_until_;
  std::vector<std::uint8_t> has_past_;  // by node
  bool is_anywhere_ = false;
  std::vector<Ascending> nodes_;   // where each is needed
  std::vector<Ascending> trends_;  // where each score's trend is
};

std::vector<InstantRun> runs_of(std::span<const Instant> some, const Ascending& all) {
  std::vector<InstantRun> runs;
  std::size_t at = 0;
  for (const Instant t : some) {
    const bool is_next = !runs.empty() && at < all.size() && all[at] == t;
    while (all[at] != t) ++at;
    if (is_next) {
      ++runs.back().count;
    } else {
      runs.push_back({at, 1});
    }
    ++at;
  }
  return runs;
}

std::vector<std::int32_t> places_before(const Ascending& all, const Length& over) {
  std::vector<std::int32_t> places;
  for (const Instant t : all) {
    const Instant before = minus(t, over);
    const auto found = std::ranges::lower_bound(all, before);
    places.push_back(found != all.end() && *found == before ? static_cast<std::int32_t>(found - all.begin()) : -1);
  }
  return places;
}

}  // namespace

Instants instants_from(const Instants& whole, std::size_t place) {
  const auto tail = [place](const auto& values) {
    using Tail = std::decay_t<decltype(values)>;
    return values.empty() ? Tail{} : Tail(values.begin() + static_cast<std::ptrdiff_t>(place), values.end());
  };
  Instants out{tail(whole.all), {}, tail(whole.is_tick), tail(whole.is_asked), {}, whole.walked_until};
  for (const InstantRun& run : whole.asked) {
    const std::size_t begin = std::max(run.begin, place), end = run.begin + run.count;
    if (begin < end) out.asked.push_back({begin - place, end - begin});
  }
  for (const std::vector<std::int32_t>& before : whole.before) {
    auto& places = out.before.emplace_back(tail(before));
    for (std::int32_t& at : places) at = std::max(at - static_cast<std::int32_t>(place), -1);
  }
  return out;
}

bool walks_clock(const model::Model& model, std::span<const model::Step> steps) noexcept {
  return std::ranges::any_of(steps, [&](const model::Step& step) { return walks(model, step); });
}

Instants plan_instants(const model::Model& model, std::span<const model::Step> steps, std::span<const Instant> as_ofs,
                       Instant before_first_row, Instant walked_until, const Watch& watch) {
  Instants instants;
  instants.before.resize(model.scores.size());
  instants.walked_until = walked_until;
  if (as_ofs.empty()) return instants;
  const Needs needs{model, steps, as_ofs, before_first_row, walked_until, watch};
  instants.all = needs.all();
  instants.asked = runs_of(as_ofs, instants.all);
  if (walks_clock(model, steps)) {
    for (const Instant t : instants.all) {
      instants.is_tick.push_back(std::ranges::binary_search(needs.ticks(), t) ? 1 : 0);
      instants.is_asked.push_back(std::ranges::binary_search(as_ofs, t) ? 1 : 0);
    }
  }
  for (std::size_t s = 0; s < model.scores.size(); ++s) {
    if (model.scores[s].trend) instants.before[s] = places_before(instants.all, model.scores[s].trend->over);
  }
  return instants;
}

}  // namespace customerhealth::engine
