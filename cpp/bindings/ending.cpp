#include "ending.hpp"

#include <pybind11/pybind11.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace py = pybind11;

namespace customerhealth::bindings {
namespace {

using namespace std::chrono_literals;

constexpr auto kLongestWait = 10s;

std::atomic<int> calls = 0;         // of all threads
thread_local int own_calls = 0;     // of this one; they nest through callbacks
std::atomic<bool> ending = false;   // new calls are refused, running ones stop
std::atomic<bool> is_over = false;  // nobody waits for calls any more
thread_local bool ends = false;     // this thread ends the interpreter, and may still call

}  // namespace

bool is_ending() noexcept { return ending && !ends; }

Call::Call() {
  ++calls;  // before `ending` is read: end_calls sets it before it counts
  if (is_ending()) {
    --calls;
    PyErr_SetNone(PyExc_SystemExit);
    throw py::error_already_set{};
  }
  ++own_calls;
}

Call::~Call() {
  --own_calls;
  --calls;
}

Parked::~Parked() {
  while (is_over && !ends) std::this_thread::sleep_for(1h);
}

void end_calls() {
  ends = true;
  ending = true;
  const auto deadline = std::chrono::steady_clock::now() + kLongestWait;
  const py::gil_scoped_release released;  // the others need it to return
  while (calls > own_calls && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(1ms);
  is_over = calls > own_calls;
}

void forget_calls_of_other_threads() noexcept { calls = own_calls; }

}  // namespace customerhealth::bindings
