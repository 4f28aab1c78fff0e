#include <algorithm>

#include "build.hpp"
#include "customerhealth/common/number.hpp"

namespace customerhealth::model {
namespace {

/// A curve that could not be read is empty: its columns are there, so that names of them are not reported again.
std::optional<Probability::Curve> curve_of(const Entry<RiskCurve>& entry) {
  if (!entry.given) return std::nullopt;
  return entry ? entry->corners : Probability::Curve{};
}

/// So much an end may lie on the wrong side: numbers that are written with six digits do.
constexpr double kRounded = 1e-6;

enum class End : std::uint8_t { low, high };

/// Says at which of its corners an end of the interval first lies on the wrong side of the probability.
void check_end(End which, const Probability& probability, const Probability::Curve& end, const std::string& path,
               Findings& findings) {
  for (const auto& [score, outer] : end) {
    const double middle = probability.at(score), beyond = which == End::low ? outer - middle : middle - outer;
    if (beyond <= kRounded) continue;
    findings.add(path, std::string{which == End::low ? "is above" : "is below"} + " the probability: at a score of " +
                           shortest(score) + " it is " + shortest(outer) + ", the probability " + shortest(middle));
    return;
  }
}

void check_from(const CalibratedFromDraft& from, Findings& findings) {
  if (!from.cases) return;
  for (const auto* part : {&from.events, &from.accounts}) {
    if (*part && (*part)->value > from.cases->value) {
      findings.add(from.at(*part), "cannot be more than 'cases', " + std::to_string(from.cases->value) + "; got " +
                                       std::to_string((*part)->value));
    }
  }
}

}  // namespace

std::optional<Probability> build_probability(const ProbabilityDraft& draft, Findings& findings) {
  if (draft.from) check_from(*draft.from, findings);
  const EntryBase* keys[] = {&draft.of,  &draft.horizon, &draft.logistic, &draft.curve,
                             &draft.low, &draft.high,    &draft.from};
  if (std::ranges::none_of(keys, &EntryBase::given)) return std::nullopt;
  Probability out{{}, curve_of(draft.low), curve_of(draft.high)};
  const bool is_whole = draft.curve || (draft.logistic && draft.logistic->a && draft.logistic->b);
  if (draft.curve) {
    out.shape = draft.curve->corners;
  } else if (is_whole) {
    out.shape = Logit{draft.logistic->a->value, draft.logistic->b->value};
  }
  if (!is_whole) return out;  // said already
  if (draft.low) check_end(End::low, out, *out.low, draft.at(draft.low), findings);
  if (draft.high) check_end(End::high, out, *out.high, draft.at(draft.high), findings);
  return out;
}

}  // namespace customerhealth::model
