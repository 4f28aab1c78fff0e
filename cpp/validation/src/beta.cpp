#include "customerhealth/validation/beta.hpp"

#include <boost/math/special_functions/beta.hpp>
#include <cmath>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/common/number.hpp"

namespace customerhealth::validation {

double beta_quantile(double a, double b, double probability) {
  using boost::math::policies::promote_double;
  if (!(a > 0.0 && b > 0.0 && std::isfinite(a) && std::isfinite(b))) {
    throw Error{"beta: expected finite numbers above 0, got " + shortest(a) + " and " + shortest(b)};
  }
  if (!(probability >= 0.0 && probability <= 1.0)) {
    throw Error{"beta: expected a probability from 0 to 1, got " + shortest(probability)};
  }
  return boost::math::ibeta_inv(a, b, probability, boost::math::policies::policy<promote_double<false>>{});
}

}  // namespace customerhealth::validation
