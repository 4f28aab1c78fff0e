#pragma once

#include <pybind11/pybind11.h>

#include "customerhealth/common/parallel.hpp"

namespace customerhealth::bindings {

/// The GIL given up for a block that touches no Python object. No fork begins while it lives: what other threads do
/// without the GIL may hold locks of the core, and those would stay locked in the child.
class Released {
  pybind11::gil_scoped_release released_;
  NoFork no_fork_;  // after the GIL is given up, since a fork that is under way may need it to end
};

}  // namespace customerhealth::bindings
