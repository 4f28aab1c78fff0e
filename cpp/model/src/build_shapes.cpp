#include "build.hpp"
#include "customerhealth/common/number.hpp"

namespace customerhealth::model {
namespace {

std::optional<double> edge_of(const BandDraft& band) {
  if (band.below) return band.below->value;
  return band.up_to ? std::optional{band.up_to->value} : std::nullopt;
}

/// Edges ascend; at one x, `below` comes before `up_to`.
void check_band(const BandDraft& draft, const std::optional<Band>& before, const Band& band, bool is_last,
                Findings& findings) {
  const bool has_edge = draft.below.given || draft.up_to.given;
  if (!has_edge && !is_last)
    findings.add(draft.path, "needs an edge, 'below' or 'up_to': only the last band may have none");
  if (!before || !before->edge || !band.edge) return;
  const std::pair<double, bool> last{*before->edge, before->includes_edge}, now{*band.edge, band.includes_edge};
  if (last < now) return;
  findings.add(draft.path, "edges must ascend, but " + shortest(now.first) + " follows " + shortest(last.first) +
                               (now.first == last.first ? " (at one edge 'below' comes before 'up_to')" : ""));
}

/// What the overloads of build() need beside the draft.
struct ShapePlace {
  std::string path;  // of the shape
  bool descending;   // the measure's
  Findings& findings;
};

// `build(shape, draft, place)`: an overload for each shape of for_each_shape().

void build(BandsShape& shape, const ListOf<BandDraft, 1>& drafts, const ShapePlace& place) {
  std::optional<Band> before;
  for (std::size_t i = 0; i < drafts.values.size(); ++i) {
    const BandDraft& draft = drafts.values[i];
    Band band;
    band.edge = edge_of(draft);
    band.includes_edge = draft.up_to.given;
    if (draft.points && draft.points->value) band.points = draft.points->value->value;
    if (draft.name) band.name = draft.name->text;
    check_band(draft, before, band, i + 1 == drafts.values.size(), place.findings);
    before = band;
    shape.bands.push_back(std::move(band));
  }
}

void build(CurveShape& shape, const ListOf<CurvePoint, 2>& points, const ShapePlace& place) {
  for (std::size_t i = 0; i < points.values.size(); ++i) {
    const CurvePoint& point = points.values[i];
    if (i > 0 && !(point.x > points.values[i - 1].x)) {
      place.findings.add(path_to(place.path, points.indices[i]), "x must ascend strictly, but " + shortest(point.x) +
                                                                     " follows " + shortest(points.values[i - 1].x));
    }
    shape.points.emplace_back(point.x, point.points);
  }
}

void build(LabelsShape& shape, const TextMap<Points>& labels, const ShapePlace&) {
  for (const auto& [label, points] : labels.values) shape.points.emplace_back(label, points.value);
}

void build(IdentityShape&, const OnlyTrue&, const ShapePlace&) {}

void build(LogisticShape& shape, const LogisticDraft& draft, const ShapePlace&) {
  if (draft.midpoint) shape.midpoint = draft.midpoint->value;
  if (draft.slope) shape.slope = draft.slope->value;
}

/// Sets the members that all shapes among peers share.
template <class PeersDraft>
void build_peers(AmongPeers& shape, const PeersDraft& draft, const ShapePlace& place) {
  shape.within = draft.within.value;
  if (draft.least) shape.least = draft.least->value;
  shape.descending = place.descending;
}

void build(PercentileShape& shape, const PercentileDraft& draft, const ShapePlace& place) {
  build_peers(shape, draft, place);
  if (draft.rank) shape.rank = *draft.rank;
}

void build(ZscoreShape& shape, const ZscoreDraft& draft, const ShapePlace& place) {
  build_peers(shape, draft, place);
  if (draft.limit) shape.limit = draft.limit->value;
  if (!(shape.limit > 0)) {
    place.findings.add(draft.at(draft.limit), "expected a number above 0; got " + shortest(shape.limit));
  }
}

/// Builds the shape that the draft has; nullopt if it has none or its key could not be read.
template <class T>
std::optional<Shape> shape_of(const T& draft, bool descending, Findings& findings) {
  std::optional<Shape> built;
  for_each_shape([&]<class S>(std::type_identity<S>, const char*, auto member, const char*) {
    const auto& entry = draft.*member;
    if (!entry || built) return;
    S shape;
    build(shape, *entry, ShapePlace{draft.at(entry), descending, findings});
    built = std::move(shape);
  });
  return built;
}

Case case_of(const CaseDraft& draft, bool descending, Findings& findings) {
  Case out{draft.when.value, FixedMissing{}};
  if (auto shape = shape_of(draft, descending, findings)) {
    out.shape = std::move(*shape);
  } else if (draft.points) {
    out.shape = FixedPoints{draft.points->value};
  } else if (draft.missing) {
    out.shape = FixedMissing{*draft.missing};
  }
  return out;
}

/// "percentile and zscore"
std::string names_of_peers_shapes() {
  std::string names;
  for_each_shape([&]<class S>(std::type_identity<S>, const char* key, auto, const char*) {
    if constexpr (std::is_base_of_v<AmongPeers, S>) names += (names.empty() ? "" : " and ") + std::string{key};
  });
  return names;
}

/// Checks `descending` and `shrink`, which go with some shapes only.
void check_beside(const MeasureDraft& measure, const std::vector<Case>& cases, Findings& findings) {
  if (cases.empty()) return;  // said already
  const auto compares = [](const Case& c) { return among_peers(c.shape) != nullptr; };
  if (measure.descending && *measure.descending && std::ranges::none_of(cases, compares)) {
    findings.add(measure.at(measure.descending),
                 "goes with " + names_of_peers_shapes() + "; the other shapes say themselves what less is worth");
  }
  if (measure.shrink.given && std::ranges::none_of(cases, reads_numbers)) {
    findings.add(measure.at(measure.shrink), "goes with shapes of numbers: there is nothing to shrink");
  }
}

template <class S>
const AmongPeers* peers_part(const S& shape) noexcept {
  if constexpr (std::is_base_of_v<AmongPeers, S>) {
    return &shape;
  } else {
    return nullptr;
  }
}

std::vector<std::string> labels_in(const LabelsShape& shape) {
  std::vector<std::string> labels;
  for (const auto& [label, points] : shape.points) labels.push_back(label);
  return labels;
}

}  // namespace

const AmongPeers* among_peers(const Shape& shape) noexcept {
  return std::visit([](const auto& one) { return peers_part(one); }, shape);
}
AmongPeers* among_peers(Shape& shape) noexcept { return const_cast<AmongPeers*>(among_peers(std::as_const(shape))); }

ShapeFacts facts_of(const Shape& shape) noexcept {
  return std::visit([]<class S>(const S&) { return S::kFacts; }, shape);
}
bool ignores_value(const Shape& shape) noexcept { return facts_of(shape).reads == ShapeFacts::Reads::nothing; }
bool reads_labels(const Case& c) noexcept { return facts_of(c.shape).reads == ShapeFacts::Reads::labels; }
bool reads_numbers(const Case& c) noexcept { return facts_of(c.shape).reads == ShapeFacts::Reads::numbers; }

std::vector<std::string> labels_of(const Shape& shape) {
  return std::visit(
      []<class S>(const S& one) -> std::vector<std::string> {
        if constexpr (S::kFacts.reads == ShapeFacts::Reads::labels) return labels_in(one);
        return {};
      },
      shape);
}

std::vector<Case> build_cases(const MeasureDraft& measure, Findings& findings) {
  std::vector<Case> cases;
  const bool descending = measure.descending && *measure.descending;
  if (measure.cases) {
    for (const CaseDraft& draft : measure.cases->values) cases.push_back(case_of(draft, descending, findings));
  } else if (auto shape = shape_of(measure, descending, findings)) {
    cases.push_back({std::nullopt, std::move(*shape)});
  }
  if (std::ranges::any_of(cases, reads_numbers) && std::ranges::any_of(cases, reads_labels)) {
    findings.add(measure.at(measure.cases),
                 "labels go with texts and booleans, the other shapes with numbers: one value cannot have both");
  }
  check_beside(measure, cases, findings);
  return cases;
}

}  // namespace customerhealth::model
