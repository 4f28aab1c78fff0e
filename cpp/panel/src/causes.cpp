#include <optional>
#include <string_view>
#include <utility>

#include "cause_finder.hpp"
#include "customerhealth/common/overloaded.hpp"
#include "customerhealth/panel/data.hpp"
#include "customerhealth/panel/pieces.hpp"
#include "reason_names.hpp"
#include "words.hpp"

/// The causes of `why_changed` taken apart, for those who put them into words of their own.
namespace customerhealth::panel {
namespace {

std::string_view name_of(scores::Change::OtherPart::Did did) noexcept {
  switch (did) {
    case scores::Change::OtherPart::Did::appear:
      return "part_appeared";
    case scores::Change::OtherPart::Did::vanish:
      return "part_vanished";
    case scores::Change::OtherPart::Did::decide_before:
      return "part_decided_before";
    case scores::Change::OtherPart::Did::decide_now:
      break;
  }
  return "part_decides_now";
}

std::string_view name_of(scores::Change::Limit limit) noexcept {
  switch (limit) {
    case scores::Change::Limit::on:
      return "cap_on";
    case scores::Change::Limit::off:
      return "cap_off";
    case scores::Change::Limit::moved:
      return "cap_moved";
    case scores::Change::Limit::holds:
      break;
  }
  return "cap_holds";
}

/// What the other columns of a cause say; nothing: no more is known.
std::optional<std::string> kind_of(const scores::Change::Because& because) {
  using Kind = std::optional<std::string>;
  return std::visit(
      Overloaded{[](std::monostate) { return Kind{}; }, [](const scores::Change::Missing&) { return Kind{"missing"}; },
                 [](const scores::Change::Policy&) { return Kind{"policy"}; },
                 [](const scores::Change::Entries&) { return Kind{"entries"}; },
                 [](const scores::Change::Cases&) { return Kind{"cases"}; },
                 [](const scores::Change::OtherPart& other) { return Kind{name_of(other.did)}; },
                 [](scores::Change::Limit limit) { return Kind{name_of(limit)}; },
                 [](const scores::Change::NoRow&) { return Kind{"no_row"}; },
                 [](const scores::Change::Paths&) { return Kind{"paths"}; }},
      because);
}

/// The reason on either side; none where there is no side, or nothing is missing.
std::pair<Reason, Reason> reasons_of(const scores::Change& change) noexcept {
  if (const auto* policy = std::get_if<scores::Change::Policy>(&change.because)) return {policy->from, policy->to};
  const auto* missing = std::get_if<scores::Change::Missing>(&change.because);
  if (missing == nullptr) return {Reason::none, Reason::none};
  return change.cause == scores::Cause::vanished ? std::pair{Reason::none, missing->reason}
                                                 : std::pair{missing->reason, Reason::none};
}

/// The name that the model gives to a cap; nothing for another part.
std::optional<std::string> cap_of(const scores::Changes& changes, scores::PartIndex part) {
  if (part.is_missing()) return std::nullopt;
  const scores::Changes::Listed& listed = changes.parts()[part.place()];
  if (listed.part.kind != scores::LevelPart::Kind::cap) return std::nullopt;
  return listed.score->caps[static_cast<std::size_t>(listed.part.index)].spec->name;
}

std::vector<arrow::ResultColumn> columns_of(const scores::Changes& changes, std::span<const scores::Change> found) {
  const std::vector<std::string> names = changes.part_names();
  const auto name = [&](scores::PartIndex part) { return names[part.place()]; };
  Words part, cap, cause, kind, other, from_word, to_word;
  std::vector<std::int32_t> from_reason, to_reason;
  std::vector<double> from, to, contribution;
  for (const scores::Change& change : found) {
    part.add(change.part.is_missing() ? std::nullopt : std::optional{name(change.part)});
    cap.add(cap_of(changes, change.part));
    cause.add(std::string{scores::to_string(change.cause)});
    kind.add(kind_of(change.because));
    const auto* of_part = std::get_if<scores::Change::OtherPart>(&change.because);
    other.add(of_part == nullptr ? std::nullopt : std::optional{name(of_part->part)});
    const auto words = changes.words(change);
    from_word.add(words ? std::optional{words->from} : std::nullopt);
    to_word.add(words ? std::optional{words->to} : std::nullopt);
    const auto [reason_from, reason_to] = reasons_of(change);
    from_reason.push_back(reason_index(reason_from));
    to_reason.push_back(reason_index(reason_to));
    from.push_back(change.from);
    to.push_back(change.to);
    contribution.push_back(change.contribution);
  }
  return {std::move(part).column("part"),
          std::move(cap).column("cap"),
          std::move(cause).column("cause"),
          std::move(kind).column("kind"),
          std::move(other).column("other"),
          std::move(from_word).column("from_word"),
          std::move(to_word).column("to_word"),
          arrow::category_column("from_reason", std::move(from_reason), reason_names()),
          arrow::category_column("to_reason", std::move(to_reason), reason_names()),
          arrow::number_column("from", std::move(from)),
          arrow::number_column("to", std::move(to)),
          arrow::number_column("contribution", std::move(contribution))};
}

}  // namespace

std::shared_ptr<const arrow::ResultTable> Panel::causes(std::string_view score, Instant from, Instant to,
                                                        PanelRows of) const {
  const model::BoundScore& bound = score_of(data_->snapshot->bound, score);
  const scores::Changes changes{bound, scores::Depth::one_level};
  const std::vector<RowPair> pairs = pairs_of(*data_, CutRows{of, data_->rows}, from, to);
  const ComparedSide side{data_.get(), bound.spec->slot};
  const std::vector<scores::Change> found = CauseFinder{changes, side, side, pairs}.find({0, pairs.size()});
  auto table = table_of(model(), 1);
  table->batches[0] = {static_cast<std::int64_t>(found.size()), columns_of(changes, found)};
  return table;
}

}  // namespace customerhealth::panel
