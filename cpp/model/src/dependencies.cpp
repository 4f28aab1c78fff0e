#include <algorithm>

#include "build.hpp"
#include "panel_names.hpp"

namespace customerhealth::model {
namespace {

/// Every node of the model with the nodes that it needs. Walks over it use no recursion, since a chain of formulas may
/// be as long as the document and would overflow the stack.
class Graph {
 public:
  explicit Graph(const Model& model) : model_{model}, needs_(model.node_count()), reads_(needs_.size()) {
    using Kind = Step::Kind;
    list(Kind::metric, model.metrics);
    list(Kind::score, model.scores);
    list(Kind::journey, model.journeys);
    list(Kind::cohort, model.cohorts);
    list(Kind::play, model.plays);
    // Attributes and as_of are inputs, not nodes: nothing has to run before them.
    const PanelNames names{model};
    visit_panel_formulas(model, [&](const Formula& formula, const FormulaPlace& place) {
      const bool include = place.owner == FormulaPlace::Owner::include;
      auto& needs = include ? include_ : needs_[node_of(place)];
      for (const expression::Name& name : formula.expression.names()) {
        for (const SlotIndex slot : names.find(name)) {
          if (!model.slots[slot.place()].is_answered()) continue;
          add(needs, model.node_of(model.slots[slot.place()]));
          if (!include) reads_[node_of(place)].push_back(slot);
        }
      }
    });
    for (std::size_t i = 0; i < model.scores.size(); ++i) {
      const std::size_t node = model.node_of(Kind::score, static_cast<std::int32_t>(i));
      for (const Measure& measure : model.scores[i].measures) {
        if (const auto* score = std::get_if<ScoreIndex>(&measure.source)) {
          add(needs_[node], model.node_of(Kind::score, score->get()));
          reads_[node].push_back(model.scores[score->place()].slot);
        }
      }
    }
  }

  [[nodiscard]] std::size_t size() const noexcept { return needs_.size(); }
  [[nodiscard]] const std::vector<std::size_t>& needs(std::size_t node) const { return needs_[node]; }
  [[nodiscard]] const std::vector<std::size_t>& include() const noexcept { return include_; }
  [[nodiscard]] bool is_score(std::size_t node) const noexcept { return places_[node].kind == Step::Kind::score; }
  /// Whether the answer needs panel rows, and so `include`.
  [[nodiscard]] bool needs_rows(std::size_t node) const noexcept {
    return is_score(node) || places_[node].kind == Step::Kind::journey;
  }

  [[nodiscard]] Step step(std::size_t node) const {
    std::vector<SlotIndex> reads = reads_[node];
    std::ranges::sort(reads);
    reads.erase(std::ranges::unique(reads).begin(), reads.end());
    return Step{places_[node].kind, places_[node].index, 0, std::move(reads)};
  }
  [[nodiscard]] const std::string& name(std::size_t node) const { return *places_[node].name; }
  [[nodiscard]] const std::string& path(std::size_t node) const { return *places_[node].path; }

 private:
  struct Place {
    Step::Kind kind;
    std::int32_t index;
    const std::string *name, *path;
  };

  template <class Spec>
  void list(Step::Kind kind, const std::vector<Spec>& specs) {
    for (std::int32_t i = 0; const Spec& spec : specs) places_.push_back({kind, i++, &spec.name, &spec.path});
  }
  [[nodiscard]] std::size_t node_of(const FormulaPlace& place) const {
    constexpr Step::Kind kKinds[] = {Step::Kind::metric,  Step::Kind::metric, Step::Kind::score,
                                     Step::Kind::journey, Step::Kind::cohort, Step::Kind::play};  // beside Owner
    return model_.node_of(kKinds[static_cast<std::size_t>(place.owner)], place.index);
  }
  static void add(std::vector<std::size_t>& needs, std::size_t node) {
    if (needs.empty() || needs.back() != node) needs.push_back(node);
  }

  const Model& model_;
  std::vector<Place> places_;
  std::vector<std::vector<std::size_t>> needs_;
  std::vector<std::vector<SlotIndex>> reads_;  // slots
  std::vector<std::size_t> include_;
};

std::string chain(const Graph& graph, const std::vector<std::size_t>& nodes) {
  constexpr std::size_t kMostShown = 20;
  std::string out;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes.size() > kMostShown && i == kMostShown / 2) {
      out += " -> ...";
      i = nodes.size() - kMostShown / 2;
    }
    out += (i == 0 ? "" : " -> ") + graph.name(nodes[i]);
  }
  return out;
}

/// Orders the nodes depth first, each after those that it needs; otherwise in the order of the document.
class Order {
 public:
  Order(const Graph& graph, Findings& findings) : graph_{graph}, findings_{findings}, state_(graph.size()) {}

  void visit(std::size_t root) {
    if (state_[root] != State::fresh) return;
    enter(root);
    while (!stack_.empty()) {
      Visit& top = stack_.back();
      const auto& needs = graph_.needs(top.node);
      if (top.next == needs.size()) {
        state_[top.node] = State::done;
        order_.push_back(top.node);
        stack_.pop_back();
        continue;
      }
      const std::size_t needed = needs[top.next++];
      if (state_[needed] == State::open) say_cycle(needed);
      if (state_[needed] == State::fresh) enter(needed);
    }
  }

  [[nodiscard]] const std::vector<std::size_t>& nodes() const noexcept { return order_; }

 private:
  enum class State : std::uint8_t { fresh, open, done };
  struct Visit {
    std::size_t node, next;
  };

  void enter(std::size_t node) {
    state_[node] = State::open;
    stack_.push_back({node, 0});
  }

  void say_cycle(std::size_t first) {
    if (++cycles_ > kMostCycles) return;
    std::vector<std::size_t> cycle;
    const auto begin = std::ranges::find(stack_, first, &Visit::node);
    for (auto visit = begin; visit != stack_.end(); ++visit) cycle.push_back(visit->node);
    cycle.push_back(first);
    findings_.add(graph_.path(first), "needs itself: " + chain(graph_, cycle));
  }

  const Graph& graph_;
  Findings& findings_;
  std::vector<State> state_;
  std::vector<Visit> stack_;
  std::vector<std::size_t> order_;
  static constexpr int kMostCycles = 100;  // reported; a tangle of n nodes can have 2^n
  int cycles_ = 0;
};

/// The path from `include` to a score or journey, which it may not depend on; empty if there is none.
std::vector<std::size_t> way_to_rows(const Graph& graph) {
  constexpr auto kNone = static_cast<std::size_t>(-1);
  std::vector<std::size_t> from(graph.size(), kNone), queue;
  for (const std::size_t node : graph.include()) from[node] = node, queue.push_back(node);
  for (std::size_t i = 0; i < queue.size(); ++i) {
    std::size_t node = queue[i];
    if (graph.needs_rows(node)) {
      std::vector<std::size_t> way{node};
      for (; from[node] != node; node = from[node]) way.push_back(from[node]);
      return {way.rbegin(), way.rend()};
    }
    for (const std::size_t needed : graph.needs(node)) {
      if (from[needed] == kNone) from[needed] = node, queue.push_back(needed);
    }
  }
  return {};
}

/// The peers of a measure: a mean to shrink to for each `within` there is, and the values of each shape among peers.
/// Levels count from what the score needs.
void list_peers(Model& model, ScoreIndex score, std::int32_t m) {
  Measure& measure = model.scores[score.place()].measures[static_cast<std::size_t>(m)];
  const auto add = [&](PeersNode::Kind kind, std::size_t of_case, std::int32_t level) {
    model.peers.push_back({kind, score, m, static_cast<std::int32_t>(of_case), level});
    return PeersIndex::at(model.peers.size() - 1);
  };
  std::vector<std::pair<std::string, PeersIndex>> means;  // by the text of `within`
  for (std::size_t c = 0; c < measure.cases.size(); ++c) {
    Case& one = measure.cases[c];
    const AmongPeers* peers = among_peers(one.shape);
    if (measure.shrink && !ignores_value(one.shape)) {
      const std::string within = peers != nullptr && peers->within ? peers->within->expression.text() : "";
      auto found = std::ranges::find(means, within, &std::pair<std::string, PeersIndex>::first);
      if (found == means.end()) found = means.emplace(found, within, add(PeersNode::Kind::shrink, c, 1));
      one.shrink_peers = found->second;
    }
    if (peers != nullptr) one.shape_peers = add(PeersNode::Kind::shape, c, measure.shrink ? 2 : 1);
  }
}

/// Peers that need others' answers are fitted after them.
void set_levels(Model& model, const Graph& graph, const std::vector<std::size_t>& order) {
  std::vector<std::size_t> first;  // of each score, in Model::peers, and the end of the last
  for (std::size_t s = 0; s < model.scores.size(); ++s) {
    first.push_back(model.peers.size());
    for (std::size_t m = 0; m < model.scores[s].measures.size(); ++m) {
      list_peers(model, ScoreIndex::at(s), static_cast<std::int32_t>(m));
    }
  }
  first.push_back(model.peers.size());
  std::vector<std::int32_t> level(graph.size(), 0);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::size_t node = order[i];
    std::int32_t ready = 0;
    for (const std::size_t needed : graph.needs(node)) ready = std::max(ready, level[needed]);
    level[node] = ready;
    if (graph.is_score(node)) {
      const auto score = static_cast<std::size_t>(graph.step(node).index);
      for (std::size_t p = first[score]; p < first[score + 1]; ++p) {
        model.peers[p].level += ready;
        level[node] = std::max(level[node], model.peers[p].level);
      }
    }
    model.steps[i].level = level[node];
    model.levels = std::max(model.levels, level[node] + 1);
  }
}

}  // namespace

void order_steps(Building& building) {
  const Graph graph{building.model};
  Order order{graph, building.findings};
  for (const std::size_t node : graph.include()) order.visit(node);
  building.model.include_after = order.nodes().size();
  for (std::size_t node = 0; node < graph.size(); ++node) order.visit(node);
  for (const std::size_t node : order.nodes()) building.model.steps.push_back(graph.step(node));
  set_levels(building.model, graph, order.nodes());
  // A score or journey in the formula itself was said with its place.
  if (const auto way = way_to_rows(graph); way.size() > 1) {
    building.findings.add(building.model.include->path,
                          "include may not depend on scores or journeys: include -> " + chain(graph, way));
  }
}

}  // namespace customerhealth::model
