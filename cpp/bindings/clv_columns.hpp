#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <cstdint>
#include <span>

#include "customerhealth/clv/rows.hpp"
#include "customerhealth/common/parallel.hpp"
#include "released.hpp"
#include "watch.hpp"

namespace customerhealth::bindings {

using Column = pybind11::array_t<double, pybind11::array::c_style>;

inline clv::Input values(const Column& column) {
  return clv::Input{{column.data(), static_cast<std::size_t>(column.size())}};
}

/// Calls work(watch) without the GIL and inside `run`; for few rows by this thread alone, at once.
template <class Work>
void compute(std::int64_t rows, int threads, const Work& work) {
  if (rows <= 2 * clv::kCustomersPerBlock) {
    const Threads one = Threads::resolve(1);
    const Released released;
    Watch watch;
    run(one, watch, [&] { work(watch); });
    return;
  }
  watched(threads, pybind11::none(), [&](Threads resolved, Watch& watch) {
    run(resolved, watch, [&] { work(watch); });
    return true;
  });
}

/// A column of of(row) for the rows of the inputs.
template <class Of>
Column each(const clv::Inputs& inputs, int threads, const Of& of) {
  const std::int64_t rows = inputs.rows();
  Column out{static_cast<pybind11::ssize_t>(rows)};
  const std::span<double> result{out.mutable_data(), static_cast<std::size_t>(rows)};
  compute(rows, threads, [&](Watch& watch) { clv::each_row(inputs, watch, result, of); });
  return out;
}

}  // namespace customerhealth::bindings
