#include "customerhealth/scores/model_changes.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/common/number.hpp"
#include "document_paths.hpp"
#include "recorded.hpp"

namespace customerhealth::scores {
namespace {

constexpr std::string_view kOfShare = "share: ";

std::vector<std::string> names_of(const model::ScoreSpec& score) {
  std::vector<std::string> names;
  for (const LevelPart& part : level_parts(score)) names.push_back(name_of(score, part));
  return names;
}

/// What a point of the inner score is worth on the outer scale.
double slope(const model::Scale& inner, const model::Scale& outer) noexcept {
  return (outer.high - outer.low) / (inner.high - inner.low);
}

}  // namespace

/// One score under both models. `factors` is what a point of it is worth at the top, by row; 0: the row has no causes
/// here, because a score on the way to the top is missing or decided by another part.
struct ModelChanges::Level {
  const ModelChanges& changes;
  const model::BoundScore &score_from, &score_to;
  std::size_t first, end;  // its parts
  const Frame &frame_from, &frame_to;
  std::span<const double> factors;
  const Recorded &from, &to;
  std::vector<Change>& out;

  void run() const {
    each_part([&](std::size_t at) { is_measure(at) ? measure(at) : step(at); });
  }

  template <class Do>
  void each_part(const Do& use) const {
    for (std::size_t at = first; at < end; at += 1 + changes.parts_[at].nested) use(at);
  }
  template <class Do>
  void each_measure(const Do& use) const {
    each_part([&](std::size_t at) {
      if (is_measure(at)) use(at);
    });
  }
  [[nodiscard]] bool is_measure(std::size_t at) const noexcept {
    return changes.parts_[at].kind == LevelPart::Kind::measure;
  }

  /// What a part adds under either model; a part that is not there adds nothing.
  struct Sides {
    std::optional<Recorded::Part> from, to;
    [[nodiscard]] double share_from(std::size_t row) const noexcept { return from ? from->share[row] : 0.0; }
    [[nodiscard]] double share_to(std::size_t row) const noexcept { return to ? to->share[row] : 0.0; }
    [[nodiscard]] double value_from(std::size_t row) const noexcept { return from ? from->value[row] : kNan; }
    [[nodiscard]] double value_to(std::size_t row) const noexcept { return to ? to->value[row] : kNan; }
  };
  [[nodiscard]] Sides sides(std::size_t at) const noexcept {
    const Listed& part = changes.parts_[at];
    Sides both;
    if (part.from) both.from = from.part(*part.from);
    if (part.to) both.to = to.part(*part.to);
    return both;
  }

  [[nodiscard]] Change change(std::size_t at, const Sides& one, std::size_t row, double contribution) const noexcept {
    Change made;
    made.row = row;
    made.part = PartIndex::at(at);
    made.cause = Cause::model;
    made.from = one.value_from(row);
    made.to = one.value_to(row);
    made.contribution = contribution;
    return under(made, changes.parts_[at].own);
  }
  [[nodiscard]] static Change under(Change change, std::int32_t text) noexcept {
    return text == kNoText ? change : with(change, Change::Paths{text});
  }
  void emit(const Change& change) const {
    if (change.contribution != 0) out.push_back(change);
  }

  /// A score that a cap gave has this one cause.
  void take_given_scores(std::vector<double>& of_both) const {
    take_given(from, to, of_both, [&](std::size_t row, double contribution, const auto& now, const auto& before) {
      each_part([&](std::size_t at) {
        const Listed& part = changes.parts_[at];
        if (now ? part.to == now : part.from == before) emit_cap(at, sides(at), row, contribution);
      });
    });
  }

  void emit_cap(std::size_t at, const Sides& one, std::size_t row, double contribution) const {
    Change made = change(at, one, row, contribution);
    if (made.is_unexplained()) made.because = because_of_cap(made.from, made.to);
    emit(made);
  }

  void measure(std::size_t at) const {
    const Sides one = sides(at);
    std::vector<double> inner;  // of a nested score: its factors
    if (changes.parts_[at].nested > 0) inner.assign(factors.size(), 0.0);
    for (std::size_t row = 0; row < factors.size(); ++row) {
      if (factors[row] == 0) continue;
      const double n_from = one.share_from(row), n_to = one.share_to(row);
      if (n_from > 0 && n_to > 0) {
        points(at, one, row, factors[row] * ((n_from + n_to) / 2), inner);
        shares(at, one, row);
      } else if (n_to > 0) {
        came_or_went(at, one, row, factors[row] * n_to * one.to->points[row]);
      } else if (n_from > 0) {
        came_or_went(at, one, row, -factors[row] * n_from * one.from->points[row]);
      }
    }
    if (std::ranges::any_of(inner, [](double factor) { return factor != 0; })) nest(at, inner);
  }

  /// Adds the cause that a part counts under one model only: the paths that it rests on or, without any, its reason
  /// under the other model, or the part that is chosen there.
  void came_or_went(std::size_t at, const Sides& one, std::size_t row, double contribution) const {
    Change made = change(at, one, row, contribution);
    if (made.is_unexplained() && one.from && one.to) {
      const bool came = one.share_to(row) > 0;
      const Reason reason = came ? one.from->reasons[row] : one.to->reasons[row];
      made = reason == Reason::none ? handed_over(made, came) : with_reason(made, reason);
    }
    out.push_back(made);
  }

  /// Under `lowest` and `highest`: with the part that decides under the other model.
  [[nodiscard]] Change handed_over(Change made, bool came) const noexcept {
    each_measure([&](std::size_t other) {
      const Sides its = sides(other);
      if ((came ? its.share_from(made.row) : its.share_to(made.row)) != 1) return;
      using Did = Change::OtherPart::Did;
      made = with(made, Change::OtherPart{came ? Did::decide_before : Did::decide_now, PartIndex::at(other)});
    });
    return made;
  }

  /// Adds the cause that the points of a part differ. Of a nested score it writes the factor to `inner`, and adds only
  /// what another scale does: the causes of the rest are those of the nested score's own parts.
  void points(std::size_t at, const Sides& one, std::size_t row, double factor, std::span<double> inner) const {
    const double s_from = one.from->value[row], s_to = one.to->value[row];
    double rest = one.to->points[row] - one.from->points[row];
    if (!inner.empty() && !std::isnan(s_from) && !std::isnan(s_to)) {
      const model::Scale &inner_from = nested_from(at).spec->scale, &inner_to = nested_to(at).spec->scale;
      const model::Scale &outer_from = score_from.spec->scale, &outer_to = score_to.spec->scale;
      const double k = (slope(inner_from, outer_from) + slope(inner_to, outer_to)) / 2;
      inner[row] = factor * k;
      // Between equal scales the exact rest is 0; the difference of rounded products would not be.
      rest = inner_from == inner_to && outer_from == outer_to ? 0 : rest - k * (s_to - s_from);
    }
    if (rest == 0) return;
    Change made = change(at, one, row, factor * rest);
    const Reason reason_from = one.from->reasons[row], reason_to = one.to->reasons[row];
    if (made.is_unexplained() && (reason_from != Reason::none || reason_to != Reason::none)) {
      made = with(made, Change::Policy{reason_from, reason_to});
    }
    emit(made);
  }

  /// Adds the causes that the share of a part differs: the paths of the weights or, without any, the parts that have
  /// points under one model only.
  void shares(std::size_t at, const Sides& one, std::size_t row) const {
    const double n_from = one.share_from(row), n_to = one.share_to(row);
    if (n_from == n_to) return;
    const double mean = (one.from->points[row] + one.to->points[row]) / 2;
    Change made = change(at, one, row, factors[row] * mean * (n_to - n_from));
    made.because = {};
    made.from = n_from;
    made.to = n_to;
    if (changes.parts_[at].share != kNoText) return emit(under(made, changes.parts_[at].share));
    share_out(at, row, made);
  }

  /// Divides the contribution of `whole` among the parts that came or went, by their weights.
  void share_out(std::size_t at, std::size_t row, const Change& whole) const {
    std::vector<std::pair<std::size_t, double>> moved;
    double came = 0, all = 0;
    each_measure([&](std::size_t other) {
      const Sides its = sides(other);
      const bool was = its.share_from(row) > 0, is = its.share_to(row) > 0;
      if (other == at || was == is) return;
      moved.emplace_back(other, is ? weight_to(other) : -weight_from(other));
      came += moved.back().second;
      all += std::abs(moved.back().second);
    });
    if (std::abs(came) <= kNoise * all) return emit(whole);
    for (const auto& [other, weight] : moved) {
      using Did = Change::OtherPart::Did;
      Change made = with(whole, Change::OtherPart{weight > 0 ? Did::appear : Did::vanish, PartIndex::at(other)});
      made.contribution = whole.contribution * (weight / came);
      emit(made);
    }
  }

  void step(std::size_t at) const {
    const Sides one = sides(at);
    for (std::size_t row = 0; row < factors.size(); ++row) {
      if (factors[row] == 0) continue;
      const double before = one.from ? one.from->contribution[row] : 0, now = one.to ? one.to->contribution[row] : 0;
      Change made = change(at, one, row, factors[row] * (now - before));
      if (made.is_unexplained() && changes.parts_[at].kind == LevelPart::Kind::cap) {
        made.because = because_of_cap(made.from, made.to);
      }
      emit(made);
    }
  }

  [[nodiscard]] double weight_from(std::size_t at) const noexcept {
    return score_from.measures[*changes.parts_[at].from].spec->weight;
  }
  [[nodiscard]] double weight_to(std::size_t at) const noexcept {
    return score_to.measures[*changes.parts_[at].to].spec->weight;
  }
  [[nodiscard]] const model::BoundScore& nested_from(std::size_t at) const noexcept {
    return *score_from.measures[*changes.parts_[at].from].nested;
  }
  [[nodiscard]] const model::BoundScore& nested_to(std::size_t at) const noexcept {
    return *score_to.measures[*changes.parts_[at].to].nested;
  }

  void nest(std::size_t at, std::span<const double> inner) const {
    changes.fill_level(nested_from(at), nested_to(at), at + 1, at + 1 + changes.parts_[at].nested, frame_from, frame_to,
                       inner, out);
  }
};

/// Lists the parts, and of each the paths of the documents that it rests on.
class ModelChanges::Listing {
 public:
  Listing(ModelChanges& changes, std::span<const std::string> differences)
      : changes_{changes}, differences_{differences} {}

  /// Of each kind the parts of the first document in its order, then those that only the second has.
  void list(const model::BoundScore& from, const model::BoundScore& to, const std::string& prefix) {
    const auto parts_from = level_parts(*from.spec), parts_to = level_parts(*to.spec);
    const auto names_from = names_of(*from.spec), names_to = names_of(*to.spec);
    using Kind = LevelPart::Kind;
    for (const Kind kind : {Kind::measure, Kind::cap, Kind::round, Kind::clamp}) {
      for (std::size_t p = 0; p < parts_from.size(); ++p) {
        if (parts_from[p].kind != kind) continue;
        Listed part{names_from[p], kind, p, std::nullopt};
        const auto found = std::ranges::find(names_to, names_from[p]);
        if (found != names_to.end()) part.to = static_cast<std::size_t>(found - names_to.begin());
        add(from, to, prefix, part);
      }
      for (std::size_t p = 0; p < parts_to.size(); ++p) {
        const bool is_new = std::ranges::find(names_from, names_to[p]) == names_from.end();
        if (parts_to[p].kind == kind && is_new) add(from, to, prefix, {names_to[p], kind, std::nullopt, p});
      }
    }
  }

 private:
  using Key = std::tuple<const model::BoundScore*, const model::BoundScore*, std::string>;

  void add(const model::BoundScore& from, const model::BoundScore& to, const std::string& prefix, Listed part) {
    const std::size_t at = changes_.parts_.size();
    const std::string name = prefix + part.name;
    const model::BoundScore *nested_from = nullptr, *nested_to = nullptr;
    if (part.kind == LevelPart::Kind::measure && part.from && part.to && changes_.depth_ == Depth::deep) {
      nested_from = from.measures[*part.from].nested;
      nested_to = to.measures[*part.to].nested;
    }
    const bool expands = nested_from != nullptr && nested_to != nullptr;
    part.own = text_for({&from, &to, part.name}, [&] { return own_paths(from, to, part, expands); });
    part.share = text_for({&from, &to, ""}, [&] { return share_paths(from, to); });
    part.name = name;
    changes_.parts_.push_back(std::move(part));
    check_part_count(changes_.parts_.size(), changes_.from_.score->spec->path, changes_.depth_);
    if (!expands) return;
    list(*nested_from, *nested_to, name + ".");
    changes_.parts_[at].nested = changes_.parts_.size() - at - 1;
  }

  /// The differences that a part rests on; of a measure whose nested score is taken apart (`expands`) only those of the
  /// nesting, since the rest belongs to the parts of the nested score.
  [[nodiscard]] std::vector<std::string> own_paths(const model::BoundScore& from, const model::BoundScore& to,
                                                   const Listed& part, bool expands) const {
    std::vector<std::string> rests_on;
    const auto read = [&](const ScoreUnder& side, const model::BoundScore& score,
                          const std::optional<std::size_t>& place) {
      if (!place) return;
      const LevelPart at = level_parts(*score.spec)[*place];
      const auto paths = expands ? paths_of_nesting(score.measures[static_cast<std::size_t>(at.index)])
                                 : paths_of_part(*side.model, score, at);
      rests_on.insert(rests_on.end(), paths.begin(), paths.end());
    };
    read(changes_.from_, from, part.from);
    read(changes_.to_, to, part.to);
    const bool both = part.from && part.to;
    std::vector<std::string> paths;
    for (const std::string& path : differences_) {
      const bool weighs = is_weight(path, from.spec->path) || is_weight(path, to.spec->path);
      if (both && weighs) continue;  // belongs to `share_paths`
      const auto holds = [&](const std::string& place) { return overlap(path, place); };
      if (std::ranges::any_of(rests_on, holds)) paths.push_back(path);
    }
    return paths;
  }

  [[nodiscard]] std::vector<std::string> share_paths(const model::BoundScore& from, const model::BoundScore& to) const {
    std::vector<std::string> paths;
    for (const std::string& path : differences_) {
      if (decides_shares(path, from.spec->path) || decides_shares(path, to.spec->path)) {
        paths.push_back(paths.empty() ? std::string{kOfShare} + path : path);
      }
    }
    return paths;
  }

  /// The place of the text of `paths`, worked out once a key: a nested score may be reached by several ways.
  template <class Paths>
  std::int32_t text_for(const Key& key, const Paths& paths) {
    const auto found = known_.find(key);
    if (found != known_.end()) return found->second;
    const std::vector<std::string> of_key = paths();
    if (!of_key.empty()) changes_.texts_.push_back(listed(of_key));
    return known_[key] = of_key.empty() ? kNoText : static_cast<std::int32_t>(changes_.texts_.size() - 1);
  }

  ModelChanges& changes_;
  std::span<const std::string> differences_;
  std::map<Key, std::int32_t> known_;
};

ModelChanges::ModelChanges(ScoreUnder from, ScoreUnder to, Depth depth, std::span<const std::string> differences)
    : from_{from}, to_{to}, depth_{depth} {
  Listing{*this, differences}.list(*from.score, *to.score, "");
  // After the list, which throws when there are too many parts to work out slots for.
  slots_from_ = slots_of_score(*from.score, depth);
  slots_to_ = slots_of_score(*to.score, depth);
}

std::vector<std::string> ModelChanges::part_names() const {
  std::vector<std::string> names;
  for (const Listed& part : parts_) names.push_back(part.name);
  return names;
}

void ModelChanges::fill(const Frame& from, const Frame& to, std::vector<Change>& out) const {
  assert(from.rows == to.rows);
  const std::vector<double> factors(from.rows, 1.0);
  fill_level(*from_.score, *to_.score, 0, parts_.size(), from, to, factors, out);
}

void ModelChanges::fill_level(const model::BoundScore& from, const model::BoundScore& to, std::size_t first,
                              std::size_t end, const Frame& frame_from, const Frame& frame_to,
                              std::span<const double> factors, std::vector<Change>& out) const {
  const Recorded before{from, frame_from}, now{to, frame_to};
  std::vector<double> of_both = factors_of_both(before, now, factors, out);
  const Level level{*this, from, to, first, end, frame_from, frame_to, of_both, before, now, out};
  level.take_given_scores(of_both);
  level.run();
}

std::string ModelChanges::because(const Change& change) const {
  using Did = Change::OtherPart::Did;
  if (const auto* paths = std::get_if<Change::Paths>(&change.because)) {
    return texts_[static_cast<std::size_t>(paths->text)];
  }
  const auto* other = std::get_if<Change::OtherPart>(&change.because);
  const bool of_share = other != nullptr && (other->did == Did::appear || other->did == Did::vanish);
  const auto name = [&](PartIndex part) { return parts_[part.place()].name; };
  return (of_share ? std::string{kOfShare} : "") + text_of_any(change.because, name);
}

}  // namespace customerhealth::scores
