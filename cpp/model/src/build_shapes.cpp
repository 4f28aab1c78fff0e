#include "build.hpp"
#include "customerhealth/common/number.hpp"

namespace customerhealth {
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

BandsShape bands_of(const ListOf<BandDraft, 1>& drafts, Findings& findings) {
  BandsShape shape;
  std::optional<Band> before;
  for (std::size_t i = 0; i < drafts.values.size(); ++i) {
    const BandDraft& draft = drafts.values[i];
    Band band;
    band.edge = edge_of(draft);
    band.includes_edge = draft.up_to.given;
    if (draft.points && draft.points->value) band.points = draft.points->value->value;
    if (draft.name) band.name = draft.name->text;
    check_band(draft, before, band, i + 1 == drafts.values.size(), findings);
    before = band;
    shape.bands.push_back(std::move(band));
  }
  return shape;
}

CurveShape curve_of(const ListOf<CurvePoint, 2>& points, const std::string& path, Findings& findings) {
  CurveShape shape;
  for (std::size_t i = 0; i < points.values.size(); ++i) {
    const CurvePoint& point = points.values[i];
    if (i > 0 && !(point.x > points.values[i - 1].x)) {
      findings.add(path_to(path, points.indices[i]),
                   "x must ascend strictly, but " + shortest(point.x) + " follows " + shortest(points.values[i - 1].x));
    }
    shape.points.emplace_back(point.x, point.points);
  }
  return shape;
}

LabelsShape labels_of(const TextMap<Points>& labels) {
  LabelsShape shape;
  for (const auto& [label, points] : labels.values) shape.points.emplace_back(label, points.value);
  return shape;
}

PercentileShape percentile_of(const PercentileDraft& draft, bool descending) {
  PercentileShape shape;
  shape.within = draft.within.value;
  if (draft.least) shape.least = draft.least->value;
  if (draft.rank) shape.rank = *draft.rank;
  shape.descending = descending;
  return shape;
}

ZscoreShape zscore_of(const ZscoreDraft& draft, bool descending, Findings& findings) {
  ZscoreShape shape;
  shape.within = draft.within.value;
  if (draft.least) shape.least = draft.least->value;
  if (draft.limit) shape.limit = draft.limit->value;
  if (!(shape.limit > 0)) {
    findings.add(draft.at(draft.limit), "expected a number above 0; got " + shortest(shape.limit));
  }
  shape.descending = descending;
  return shape;
}

LogisticShape logistic_of(const LogisticDraft& draft) {
  LogisticShape shape;
  if (draft.midpoint) shape.midpoint = draft.midpoint->value;
  if (draft.slope) shape.slope = draft.slope->value;
  return shape;
}

/// The shape that is given, if it could be read.
template <class T>
std::optional<Shape> shape_of(const T& draft, bool descending, Findings& findings) {
  if (draft.bands) return bands_of(*draft.bands, findings);
  if (draft.curve) return curve_of(*draft.curve, draft.at(draft.curve), findings);
  if (draft.labels) return labels_of(*draft.labels);
  if (draft.identity) return IdentityShape{};
  if (draft.logistic) return logistic_of(*draft.logistic);
  if (draft.percentile) return percentile_of(*draft.percentile, descending);
  if (draft.zscore) return zscore_of(*draft.zscore, descending, findings);
  return std::nullopt;
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

/// `descending` and `shrink` mean something to some shapes alone.
void check_beside(const MeasureDraft& measure, const std::vector<Case>& cases, Findings& findings) {
  if (cases.empty()) return;  // said already
  const auto compares = [](const Case& c) { return among_peers(c.shape) != nullptr; };
  if (measure.descending && *measure.descending && std::ranges::none_of(cases, compares)) {
    findings.add(measure.at(measure.descending),
                 "goes with percentile and zscore; the other shapes say themselves what less is worth");
  }
  if (measure.shrink.given && std::ranges::none_of(cases, reads_numbers)) {
    findings.add(measure.at(measure.shrink), "goes with shapes of numbers: there is nothing to shrink");
  }
}

}  // namespace

const AmongPeers* among_peers(const Shape& shape) noexcept {
  if (const auto* percentile = std::get_if<PercentileShape>(&shape)) return percentile;
  return std::get_if<ZscoreShape>(&shape);
}
AmongPeers* among_peers(Shape& shape) noexcept {
  if (auto* percentile = std::get_if<PercentileShape>(&shape)) return percentile;
  return std::get_if<ZscoreShape>(&shape);
}
bool ignores_value(const Shape& shape) noexcept {
  return std::holds_alternative<FixedPoints>(shape) || std::holds_alternative<FixedMissing>(shape);
}

bool reads_labels(const Case& c) noexcept { return std::holds_alternative<LabelsShape>(c.shape); }
bool reads_numbers(const Case& c) noexcept { return !reads_labels(c) && !ignores_value(c.shape); }

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

}  // namespace customerhealth
