#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>

#include "customerhealth/common/errors.hpp"

namespace customerhealth {

/// How many threads a call may use; at least 1.
class Threads {
 public:
  /// `requested` when it is above 0, else CUSTOMERHEALTH_NUM_THREADS, else OMP_NUM_THREADS, else the CPU affinity.
  /// Throws Error when a variable holds something that is not a whole number above 0.
  [[nodiscard]] static Threads resolve(int requested);
  [[nodiscard]] constexpr int get() const noexcept { return count_; }

 private:
  constexpr explicit Threads(int count) noexcept : count_{count} {}
  int count_;
};

/// A caller's hand on a running computation: it hears how far the work is and may ask it to stop.
class Watch {
 public:
  /// Called by the waiting thread about every 20 ms; returning false stops the work. Empty: nobody watches.
  using Poll = std::function<bool(double share_done)>;

  explicit Watch(Poll poll = {}) : poll_{std::move(poll)} {}

  /// Throws Interrupted once the caller wants the work to stop. Cheap: call it between blocks and columns.
  void check() const {
    if (stop_.load(std::memory_order_relaxed)) throw Interrupted{};
  }
  /// Asks the caller now, on the thread that called: for waits outside of `run`.
  void poll();
  void advance(std::int64_t units = 1) noexcept { done_.fetch_add(units, std::memory_order_relaxed); }
  void expect(std::int64_t units) noexcept { total_.fetch_add(units, std::memory_order_relaxed); }

 private:
  friend void run(Threads, Watch&, const std::function<void()>&);
  Poll poll_;
  std::atomic<bool> stop_{false};
  std::atomic<std::int64_t> done_{0}, total_{0};
};

/// Runs `work` in an arena of that many threads and waits for it; the waiting thread only polls the watch, so that
/// Ctrl-C is heard while the workers are busy. What `work` throws is thrown here. A process that was forked by the poll
/// has none of the workers: there Error is thrown (Interrupted where the poll returned false), `work` lives on in the
/// parent alone.
void run(Threads threads, Watch& watch, const std::function<void()>& work);

/// Calls `body(i)` for each 0 <= i < count, in parallel inside `run`, in any order.
void for_each(std::int64_t count, const std::function<void(std::int64_t)>& body);

/// How many threads `for_each` would use here.
[[nodiscard]] std::int64_t worker_count() noexcept;

/// The version of the oneTBB that is loaded, as 2022.3.0.
[[nodiscard]] const char* scheduler_version() noexcept;

/// While one lives, no fork begins: the child would find locks held by threads that it does not have. Every call that
/// takes a lock, or starts threads, while others may fork holds one; `run` does by itself. They nest.
class NoFork {
 public:
  NoFork();
  ~NoFork();
  NoFork(const NoFork&) = delete;
  NoFork& operator=(const NoFork&) = delete;
};

/// oneTBB's workers do not survive a fork: called before one, this sends them home, and the next `run` of parent or
/// child calls them again. Waits until no other thread holds a NoFork.
void before_fork();
void after_fork_in_parent();
void after_fork_in_child();

}  // namespace customerhealth
