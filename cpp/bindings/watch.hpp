#pragma once

#include <pybind11/pybind11.h>

#include <exception>
#include <memory>
#include <utility>

#include "customerhealth/common/parallel.hpp"
#include "released.hpp"
#include "result_object.hpp"

namespace customerhealth::bindings {

/// Lets Python see into a long call: Ctrl-C (and any other signal handler) is heard, progress is reported. What they
/// raise stops the work and is raised from the call.
class PythonWatch {
 public:
  explicit PythonWatch(pybind11::object progress)
      : progress_{std::move(progress)}, watch_{[this](double share) { return poll(share); }} {}

  [[nodiscard]] Watch& watch() noexcept { return watch_; }
  void raise_pending() const {
    if (pending_) std::rethrow_exception(pending_);
  }

 private:
  bool poll(double share) {
    if (is_ending()) return false;
    const pybind11::gil_scoped_acquire held;
    if (pending_) return false;
    try {
      if (PyErr_CheckSignals() != 0) throw pybind11::error_already_set{};
      if (!progress_.is_none()) progress_(share);
      return true;
    } catch (...) {
      pending_ = std::current_exception();
      return false;
    }
  }

  pybind11::object progress_;
  Watch watch_;
  std::exception_ptr pending_;
};

/// Calls `work(threads, watch)` without the GIL. A signal that came while the work was ending is raised as well: its
/// handler has run and Python will not call it again.
template <class Work>
auto watched(int threads, pybind11::object progress, Work&& work) {
  PythonWatch python{std::move(progress)};
  const Threads resolved = Threads::resolve(threads);
  auto result = [&] {
    try {
      const Released released;
      return work(resolved, python.watch());
    } catch (const Interrupted&) {
      python.raise_pending();
      const Call refused_at_the_end;
      throw;
    }
  }();
  python.raise_pending();
  return result;
}

/// Calls `work(watch)`, which makes a table on one thread, so that it hears Ctrl-C.
template <class Work>
ResultObject watched_alone(const Work& work) {
  return watched(1, pybind11::none(), [&](Threads one, Watch& watch) {
    std::shared_ptr<const arrow::ResultTable> table;
    run(one, watch, [&] { table = work(watch); });
    return ResultObject{std::move(table)};
  });
}

}  // namespace customerhealth::bindings
