#include "customerhealth/common/parallel.hpp"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>
#include <oneapi/tbb/version.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace customerhealth {
namespace {

using namespace std::chrono_literals;

constexpr auto kPollEvery = 20ms;

int count_from(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr || *text == '\0') return 0;
  int count = 0;
  const char* end = text + std::strlen(text);
  const auto [stop, error] = std::from_chars(text, end, count);
  // OMP_NUM_THREADS may be a list, one number a nesting level: the first is ours.
  if (error != std::errc{} || (stop != end && *stop != ',') || count < 1) {
    throw Error{std::string{variable} + ": expected a whole number above 0, got '" + text + "'"};
  }
  return count;
}

int count_from_affinity() noexcept {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) return CPU_COUNT(&set);
  return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

/// How many NoForks this thread holds.
thread_local int depth = 0;

/// The process's hold on oneTBB. Running work shares it; a fork has it alone. Not a shared_mutex: that one lets new
/// work in while a fork waits, and two busy threads would keep it waiting for ever.
class Scheduler {
 public:
  /// `running`: of a child that was forked in the middle of work, by a progress callback.
  explicit Scheduler(int running = 0) noexcept : running_{running} {}

  void enter() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return !forking_; });
    ++running_;
  }
  void attach() {
    const std::scoped_lock lock{mutex_};
    if (!handle_) handle_ = std::make_unique<tbb::task_scheduler_handle>(tbb::attach{});
  }
  void leave() {
    {
      const std::scoped_lock lock{mutex_};
      --running_;
    }
    changed_.notify_all();
  }
  void close() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return !forking_; });
    forking_ = true;
    changed_.wait(lock, [this] { return running_ == 0; });
    if (!handle_) return;
    tbb::finalize(*handle_, std::nothrow);
    handle_.reset();
  }
  void open() {
    {
      const std::scoped_lock lock{mutex_};
      forking_ = false;
    }
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::unique_ptr<tbb::task_scheduler_handle> handle_;
  int running_;
  bool forking_ = false;
};

Scheduler*& scheduler() {
  static auto* instance = new Scheduler;  // never destroyed: threads may outlive static destruction
  return instance;
}

/// Lets the waiting thread sleep until the work is over or it is time to poll.
class Finish {
 public:
  void set() {
    {
      const std::scoped_lock lock{mutex_};
      done_ = true;
    }
    changed_.notify_one();
  }
  bool wait(std::chrono::milliseconds most) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, most, [this] { return done_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
};

/// Work that is led by a thread of its own, since the caller's must stay free to hear Ctrl-C.
class Led {
 public:
  Led(int threads, const std::function<void()>& work)
      : arena_{threads}, leader_{[this, work = &work] {
          try {
            arena_.execute(*work);
          } catch (...) {
            failure_ = std::current_exception();
          }
          finish_.set();
        }} {}

  bool is_over_within(std::chrono::milliseconds most) { return finish_.wait(most); }
  /// Throws what the work threw.
  void end() {
    leader_.join();
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  tbb::task_arena arena_;
  Finish finish_;
  std::exception_ptr failure_;
  std::jthread leader_;  // last: it uses the others
};

}  // namespace

void Watch::poll() {
  const auto total = total_.load(std::memory_order_relaxed);
  const auto done = done_.load(std::memory_order_relaxed);
  const double share = total > 0 ? static_cast<double>(done) / static_cast<double>(total) : 0.0;
  if (poll_ && !poll_(share)) stop_.store(true, std::memory_order_relaxed);
}

Threads Threads::resolve(int requested) {
  if (requested > 0) return Threads{requested};
  if (requested < 0)
    throw Error{"threads: expected 1 or more (0: as many as there are), got " + std::to_string(requested)};
  if (const int count = count_from("CUSTOMERHEALTH_NUM_THREADS")) return Threads{count};
  if (const int count = count_from("OMP_NUM_THREADS")) return Threads{count};
  return Threads{count_from_affinity()};
}

void run(Threads threads, Watch& watch, const std::function<void()>& work) {
  const NoFork running;
  scheduler()->attach();
  // More threads than CPUs give no more workers, only a warning on standard error.
  const int width = std::min(threads.get(), tbb::info::default_concurrency());
  if (!watch.poll_) {
    tbb::task_arena{width}.execute(work);
    return;
  }
  auto led = std::make_unique<Led>(width, work);
  const pid_t process = getpid();
  while (!led->is_over_within(kPollEvery)) {
    watch.poll();
    if (getpid() == process) continue;
    static_cast<void>(led.release());  // its threads are the parent's: nothing of it can be waited for or freed here
    watch.check();
    throw Error{"a forked process cannot finish a call that its parent began: end it with os._exit()"};
  }
  led->end();
}

void for_each(std::int64_t count, const std::function<void(std::int64_t)>& body) {
  // Each worker takes the next index when it is done with one, so indices start in ascending order: callers put the
  // largest piece of work first, and no worker is left with it at the end.
  std::atomic<std::int64_t> next{0};
  const auto work = [&] {
    for (auto i = next.fetch_add(1, std::memory_order_relaxed); i < count;
         i = next.fetch_add(1, std::memory_order_relaxed)) {
      body(i);
    }
  };
  const auto workers = std::min<std::int64_t>(count, worker_count());
  if (workers <= 1) return work();
  tbb::task_group group;
  for (std::int64_t i = 1; i < workers; ++i) group.run(work);
  group.run_and_wait(work);
}

const char* scheduler_version() noexcept { return TBB_runtime_version(); }

std::int64_t worker_count() noexcept { return tbb::this_task_arena::max_concurrency(); }

NoFork::NoFork() {
  if (depth++ == 0) scheduler()->enter();
}

NoFork::~NoFork() {
  if (--depth == 0) scheduler()->leave();
}

void before_fork() {
  if (depth == 0) scheduler()->close();  // else it would wait for itself
}

void after_fork_in_parent() {
  if (depth == 0) scheduler()->open();
}

// A new one: the old one's lock and condition may be waited for by threads that the child does not have.
void after_fork_in_child() { scheduler() = new Scheduler{depth == 0 ? 0 : 1}; }

}  // namespace customerhealth
