#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <numeric>
#include <vector>

#include "customerhealth/common/parallel.hpp"
#include "customerhealth/validation/cases.hpp"

namespace customerhealth::validation {

/// Cases of a test: whether each has the event, and its account; every one an account of its own unless said.
class SmallCases {
 public:
  SmallCases(std::initializer_list<int> events, std::vector<std::int32_t> accounts = {})
      : size_{events.size()}, events_{std::make_unique<bool[]>(size_)}, accounts_{std::move(accounts)} {
    for (std::size_t i = 0; const int event : events) events_[i++] = event != 0;
    if (!accounts_.empty()) return;
    accounts_.resize(size_);
    std::iota(accounts_.begin(), accounts_.end(), 0);
  }
  [[nodiscard]] Cases get() const { return {{events_.get(), size_}, accounts_}; }

 private:
  std::size_t size_;
  std::unique_ptr<bool[]> events_;
  std::vector<std::int32_t> accounts_;
};

inline void on(int threads, const std::function<void(const Watch&)>& work) {
  Watch watch;
  run(Threads::resolve(threads), watch, [&] { work(watch); });
}

}  // namespace customerhealth::validation
