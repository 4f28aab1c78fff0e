#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "customerhealth/common/parallel.hpp"

namespace customerhealth {
namespace {

using namespace std::chrono_literals;

/// Sets a variable of the environment while it lives.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_{name} {
    if (const char* before = std::getenv(name)) before_ = before, had_ = true;
    if (value == nullptr)
      unsetenv(name);
    else
      setenv(name, value, 1);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() {
    if (had_)
      setenv(name_, before_.c_str(), 1);
    else
      unsetenv(name_);
  }

 private:
  const char* name_;
  std::string before_;
  bool had_ = false;
};

std::string refusal(int requested) {
  try {
    (void)Threads::resolve(requested);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Threads, take_what_is_asked_for_before_what_the_environment_says) {
  const Variable own{"CUSTOMERHEALTH_NUM_THREADS", "3"}, omp{"OMP_NUM_THREADS", "5"};
  EXPECT_EQ(Threads::resolve(2).get(), 2);
  EXPECT_EQ(Threads::resolve(0).get(), 3);
}

TEST(Threads, fall_back_to_openmp_and_then_to_the_processors) {
  const Variable own{"CUSTOMERHEALTH_NUM_THREADS", ""};
  const Variable omp{"OMP_NUM_THREADS", "5,2"};  // a number a nesting level
  EXPECT_EQ(Threads::resolve(0).get(), 5);
  const Variable none{"OMP_NUM_THREADS", nullptr};
  EXPECT_GE(Threads::resolve(0).get(), 1);
}

TEST(Threads, refuse_what_is_no_number_of_threads) {
  EXPECT_EQ(refusal(-1), "threads: expected 1 or more (0: as many as there are), got -1");
  for (const char* wrong : {"0", "-2", "two", "3x", "99999999999"}) {
    const Variable own{"CUSTOMERHEALTH_NUM_THREADS", wrong};
    EXPECT_EQ(refusal(0),
              "CUSTOMERHEALTH_NUM_THREADS: expected a whole number above 0, got '" + std::string{wrong} + "'");
  }
}

TEST(ForEach, visits_every_index_once_whatever_the_width) {
  for (const int threads : {1, 2, 7}) {
    for (const std::int64_t count : {0, 1, 2, 1000}) {
      std::vector<std::atomic<int>> visits(static_cast<std::size_t>(count));
      Watch watch;
      run(Threads::resolve(threads), watch, [&] {
        EXPECT_GE(worker_count(), 1);
        EXPECT_LE(worker_count(), threads);
        for_each(count, [&](std::int64_t i) { ++visits[static_cast<std::size_t>(i)]; });
      });
      for (const auto& visit : visits) EXPECT_EQ(visit, 1);
    }
  }
}

TEST(ForEach, may_be_nested) {
  std::atomic<int> visits = 0;
  Watch watch;
  run(Threads::resolve(3), watch,
      [&] { for_each(20, [&](std::int64_t) { for_each(20, [&](std::int64_t) { ++visits; }); }); });
  EXPECT_EQ(visits, 400);
}

TEST(Run, throws_what_its_work_throws_watched_or_not) {
  for (const int threads : {1, 2, 7}) {
    Watch silent;
    Watch polled{[](double) { return true; }};
    for (Watch* watch : {&silent, &polled}) {
      EXPECT_THROW(run(Threads::resolve(threads), *watch,
                       [] {
                         for_each(100, [](std::int64_t i) {
                           if (i == 37) throw std::out_of_range{"37"};
                         });
                       }),
                   std::out_of_range);
    }
    std::atomic<int> visits = 0;
    Watch after;
    run(Threads::resolve(threads), after, [&] { for_each(100, [&](std::int64_t) { ++visits; }); });
    EXPECT_EQ(visits, 100);
  }
}

TEST(Run, stops_where_the_work_checks_once_the_caller_wants_it_to) {
  for (const int threads : {1, 2, 7}) {
    std::atomic<int> polls = 0;
    Watch watch{[&](double) { return ++polls < 2; }};
    EXPECT_THROW(run(Threads::resolve(threads), watch,
                     [&] {
                       for_each(threads, [&](std::int64_t) {
                         for (;;) {
                           watch.check();
                           std::this_thread::sleep_for(1ms);
                         }
                       });
                     }),
                 Interrupted);
    EXPECT_GE(polls, 2);
  }
}

TEST(Run, tells_the_caller_how_far_the_work_is) {
  std::atomic<double> last = -1;
  Watch watch{[&](double share) {
    last = share;
    return true;
  }};
  run(Threads::resolve(2), watch, [&] {
    EXPECT_EQ(last, -1.0);
    watch.expect(4);
    watch.advance();
    while (last < 0.25) std::this_thread::sleep_for(1ms);  // ends only if the share arrives
    watch.advance(3);
    while (last < 1.0) std::this_thread::sleep_for(1ms);
  });
  EXPECT_EQ(last, 1.0);
}

TEST(Run, serves_several_callers_at_once) {
  std::atomic<int> visits = 0;
  std::vector<std::thread> callers;
  for (int c = 0; c < 4; ++c) {
    callers.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        Watch watch{[](double) { return true; }};
        run(Threads::resolve(2), watch, [&] { for_each(10, [&](std::int64_t) { ++visits; }); });
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(visits, 800);
}

std::int64_t sum_to(std::int64_t count) {
  std::atomic<std::int64_t> sum = 0;
  Watch watch;
  run(Threads::resolve(2), watch, [&] { for_each(count, [&](std::int64_t i) { sum += i; }); });
  return sum;
}

TEST(Fork, lets_parent_and_child_run_on) {
  EXPECT_EQ(sum_to(1000), 499500);
  before_fork();
  const pid_t child = fork();
  if (child == 0) {
    after_fork_in_child();
    _exit(sum_to(1000) == 499500 ? 0 : 1);
  }
  after_fork_in_parent();
  ASSERT_GT(child, 0);
  EXPECT_EQ(sum_to(1000), 499500);
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(Fork, may_come_from_a_thread_that_holds_it_off_itself) {
  const NoFork outer;
  before_fork();
  const pid_t child = fork();
  if (child == 0) {
    after_fork_in_child();
    const NoFork inner;
    _exit(sum_to(10) == 45 ? 0 : 1);
  }
  after_fork_in_parent();
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/// What a child says that was forked by the poll of a call: the number of the exception, or 9.
int said_in_a_child_of_the_poll(bool goes_on) {
  const pid_t parent = getpid();
  pid_t child = -1;
  Watch watch{[&](double) {
    if (getpid() != parent || child >= 0) return true;
    before_fork();
    child = fork();
    if (child == 0) after_fork_in_child();
    if (child > 0) after_fork_in_parent();
    return child > 0 || goes_on;
  }};
  int said = 9;
  try {
    run(Threads::resolve(2), watch, [&] {
      while (child < 0) std::this_thread::sleep_for(1ms);
    });
    said = 0;
  } catch (const Interrupted&) {
    said = 1;
  } catch (const Error&) {
    said = 2;
  }
  if (getpid() != parent) _exit(said != 0 && sum_to(10) == 45 ? said : 9);
  int status = -1;
  EXPECT_EQ(said, 0);
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Fork, from_the_poll_of_a_call_ends_that_call_in_the_child) {
  EXPECT_EQ(said_in_a_child_of_the_poll(true), 2);
  EXPECT_EQ(said_in_a_child_of_the_poll(false), 1);
  EXPECT_EQ(sum_to(1000), 499500);
}

TEST(Watch, hears_the_caller_outside_of_run_too) {
  int polls = 0;
  Watch watch{[&](double) { return ++polls < 2; }};
  watch.poll();
  EXPECT_NO_THROW(watch.check());
  watch.poll();
  EXPECT_THROW(watch.check(), Interrupted);
  Watch silent;
  silent.poll();
  EXPECT_NO_THROW(silent.check());
}

TEST(Fork, waits_for_running_work_and_holds_new_work_back) {
  std::atomic<bool> started = false, may_end = false, is_closed = false, may_open = false, ran = false;
  std::thread busy{[&] {
    Watch watch;
    run(Threads::resolve(2), watch, [&] {
      started = true;
      while (!may_end) std::this_thread::sleep_for(1ms);
      EXPECT_FALSE(is_closed);
    });
  }};
  while (!started) std::this_thread::sleep_for(1ms);
  std::thread forker{[&] {
    before_fork();
    is_closed = true;
    while (!may_open) std::this_thread::sleep_for(1ms);
    after_fork_in_parent();
  }};
  std::this_thread::sleep_for(20ms);
  may_end = true;
  busy.join();
  while (!is_closed) std::this_thread::sleep_for(1ms);
  std::thread late{[&] { ran = sum_to(10) == 45; }};
  std::this_thread::sleep_for(20ms);
  EXPECT_FALSE(ran);
  may_open = true;
  forker.join();
  late.join();
  EXPECT_TRUE(ran);
}

}  // namespace
}  // namespace customerhealth
