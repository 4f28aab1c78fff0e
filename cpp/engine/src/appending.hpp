#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

#include "customerhealth/common/parallel.hpp"

namespace customerhealth::engine {

/// One append at a time.
class Appending {
 public:
  class Turn {
   public:
    explicit Turn(Appending& of) noexcept : of_{&of} { of.holder_ = std::this_thread::get_id(); }
    ~Turn() {
      of_->holder_ = std::thread::id{};
      of_->mutex_.unlock();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    Appending* of_;
  };

  /// Waits for its turn, polling the watch. Throws Error where this very thread has it: it would wait for itself.
  [[nodiscard]] Turn take(Watch& watch) {
    if (holder_ == std::this_thread::get_id()) {
      throw Error{
          "append() was called while this thread appends to the same portfolio (from its progress callback or a signal "
          "handler): call it when that one has returned"};
    }
    while (!mutex_.try_lock_for(std::chrono::milliseconds{20})) {
      watch.poll();
      watch.check();
    }
    return Turn{*this};
  }

 private:
  std::timed_mutex mutex_;
  std::atomic<std::thread::id> holder_;
};

}  // namespace customerhealth::engine
