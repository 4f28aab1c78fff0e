#include "basis.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace customerhealth::model {
namespace {

class Basis {
 public:
  Basis(const Json& document, const Model& model, CanonicalNotes&& notes)
      : document_{&document}, model_{&model}, notes_{std::move(notes)} {
    mark();
    leave_out(&document, std::array<std::string_view, 3>{"name", "description", "plays"});
    keep_needed("metrics", Step::Kind::metric, model.metrics);
    keep_needed("journeys", Step::Kind::journey, model.journeys);
    keep_needed("cohorts", Step::Kind::cohort, model.cohorts);
    leave_words();
    for (std::size_t s = 0; s < model.scores.size(); ++s) leave_past(model.scores[s]);
  }

  [[nodiscard]] const CanonicalNotes& notes() const noexcept { return notes_; }

 private:
  /// Which steps scores and `include` need, and which slots these read.
  void mark() {
    needed_.assign(model_->node_count(), 0);
    read_.assign(model_->slots.size(), 0);
    for (std::size_t s = model_->steps.size(); s-- > 0;) {  // each before those that it reads
      const Step& step = model_->steps[s];
      auto& needed = needed_[model_->node_of(step.kind, step.index)];
      if (step.kind == Step::Kind::score || s < model_->include_after) needed = 1;
      if (needed == 0) continue;
      for (const SlotIndex slot : step.reads) {
        read_[slot.place()] = 1;
        const Slot& read = model_->slots[slot.place()];
        if (read.is_answered()) needed_[model_->node_of(read)] = 1;
      }
    }
  }

  template <class Named>
  void keep_needed(std::string_view section, Step::Kind kind, const std::vector<Named>& things) {
    const Json* of = document_->find(section);
    if (of == nullptr || of->object() == nullptr) return;
    bool any = false;
    for (const JsonMember& member : *of->object()) {
      const auto found = std::ranges::find(things, member.key, &Named::name);
      const bool is_needed = found == things.end() ||  // it stands for several, made by `each`
                             needed_[model_->node_of(kind, static_cast<std::int32_t>(found - things.begin()))] != 0;
      if (!is_needed) notes_.left_out.insert(&member.value);
      any = any || is_needed;
    }
    if (!any) notes_.left_out.insert(of);
  }

  void leave_words() {
    for (const std::string_view section : {"metrics", "scores", "journeys", "cohorts"}) {
      each(document_->find(section), [&](const Json& one) {
        leave_out(&one, kWords);
        for (const std::string_view inner : {"measures", "grades", "caps", "stages"}) {
          each(one.find(inner), [&](const Json& part) { leave_out(&part, kWords); });
        }
      });
    }
  }

  void leave_past(const ScoreSpec& score) {
    const Json* scores = document_->find("scores");
    const Json* one = scores == nullptr ? nullptr : scores->find(score.name);
    const auto is_read = [&](std::optional<SlotIndex> slot) { return slot && read_[slot->place()] != 0; };
    const bool reads_grade_before = is_read(score.grade_before_slot);
    if (!reads_grade_before && !is_read(score.change_slot) && !is_read(score.trend_slot)) {
      leave_out(one, std::array<std::string_view, 1>{"trend"});
    }
    if (!reads_grade_before && !is_read(score.grade_slot)) {
      leave_out(one, std::array<std::string_view, 1>{"hysteresis"});
    }
  }

  void leave_out(const Json* from, std::span<const std::string_view> keys) {
    for (const std::string_view key : keys) {
      if (const Json* member = from == nullptr ? nullptr : from->find(key)) notes_.left_out.insert(member);
    }
  }

  template <class Use>
  static void each(const Json* of, const Use& use) {
    if (of == nullptr) return;
    if (const auto* object = of->object()) {
      for (const JsonMember& member : *object) use(member.value);
    }
    if (const auto* list = of->list()) std::ranges::for_each(*list, use);
  }

  static constexpr std::array<std::string_view, 4> kWords{"label", "unit", "digits", "description"};

  const Json* document_;
  const Model* model_;
  CanonicalNotes notes_;
  std::vector<std::uint8_t> needed_;  // by Model::node_of
  std::vector<std::uint8_t> read_;    // by slot
};

}  // namespace

std::string basis_of(const Json& document, const Model& model, CanonicalNotes notes, const Watch* watch) {
  return write_canonical(document, Basis{document, model, std::move(notes)}.notes(), watch);
}

}  // namespace customerhealth::model
