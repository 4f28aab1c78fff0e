#include "model/build.hpp"

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

/// The shape that is given, if it could be read.
template <class T>
std::optional<Shape> shape_of(const T& draft, Findings& findings) {
  if (draft.bands) return bands_of(*draft.bands, findings);
  if (draft.curve) return curve_of(*draft.curve, draft.at(draft.curve), findings);
  if (draft.labels) return labels_of(*draft.labels);
  if (draft.identity) return IdentityShape{};
  return std::nullopt;
}

Case case_of(const CaseDraft& draft, Findings& findings) {
  Case out{draft.when.value, FixedMissing{}};
  if (auto shape = shape_of(draft, findings)) {
    out.shape = std::move(*shape);
  } else if (draft.points) {
    out.shape = FixedPoints{draft.points->value};
  } else if (draft.missing) {
    out.shape = FixedMissing{*draft.missing};
  }
  return out;
}

}  // namespace

bool reads_numbers(const Case& c) noexcept {
  return std::holds_alternative<BandsShape>(c.shape) || std::holds_alternative<CurveShape>(c.shape) ||
         std::holds_alternative<IdentityShape>(c.shape);
}
bool reads_labels(const Case& c) noexcept { return std::holds_alternative<LabelsShape>(c.shape); }

std::vector<Case> build_cases(const MeasureDraft& measure, Findings& findings) {
  std::vector<Case> cases;
  if (measure.cases) {
    for (const CaseDraft& draft : measure.cases->values) cases.push_back(case_of(draft, findings));
  } else if (auto shape = shape_of(measure, findings)) {
    cases.push_back({std::nullopt, std::move(*shape)});
  }
  if (std::ranges::any_of(cases, reads_numbers) && std::ranges::any_of(cases, reads_labels)) {
    findings.add(measure.at(measure.cases),
                 "labels go with texts and booleans, the other shapes with numbers: one value cannot have both");
  }
  return cases;
}

}  // namespace customerhealth
