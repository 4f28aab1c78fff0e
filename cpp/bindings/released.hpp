#pragma once

#include <pybind11/pybind11.h>

#include "customerhealth/common/parallel.hpp"
#include "ending.hpp"

namespace customerhealth::bindings {

/// The GIL given up for a block that reads rows from others, who may take it again.
class GilReleased {
  Call call_;  // from before the GIL is given up until it is held again
  pybind11::gil_scoped_release released_;
  Parked parked_;  // ends before the GIL is asked for
};

/// The GIL given up for a block that touches no Python object. No fork begins while it lives: what other threads do
/// without the GIL may hold locks of the core, and those would stay locked in the child.
class Released {
  GilReleased released_;
  NoFork no_fork_;  // after the GIL is given up, since a fork that is under way may need it to end
};

}  // namespace customerhealth::bindings
