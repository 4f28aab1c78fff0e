#pragma once

#include <Eigen/Core>

namespace customerhealth::validation {

/// The d that makes slope'd + d'curvature d / 2 least within low <= d <= high, where 0 lies; the curvature's lower
/// triangle counts. Directions without curvature are left alone.
[[nodiscard]] Eigen::VectorXd box_step(const Eigen::MatrixXd& curvature, const Eigen::VectorXd& slope,
                                       const Eigen::VectorXd& low, const Eigen::VectorXd& high);

}  // namespace customerhealth::validation
