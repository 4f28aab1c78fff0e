#pragma once

namespace customerhealth::validation {

/// Below which value a number of the beta distribution lies with that probability: a, b > 0, 0 <= probability <= 1.
/// Throws Error for others.
[[nodiscard]] double beta_quantile(double a, double b, double probability);

}  // namespace customerhealth::validation
