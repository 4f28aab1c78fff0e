#pragma once

/// The end of the interpreter. A thread that asks for the GIL after it is ended by Python, until 3.13 by unwinding its
/// stack, which a destructor that takes the GIL back cannot bear: the process would abort. So calls that gave the GIL
/// up are told to stop and waited for before.
namespace customerhealth::bindings {

/// A call of this thread that is about to give up the GIL: lives from before to after. Raises SystemExit, which ends a
/// thread without a word, where the interpreter is ending and another thread ends it.
class Call {
 public:
  Call();
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
};

/// Sleeps for ever where the interpreter did not wait for this thread any longer: it must not ask for the GIL.
struct Parked {
  Parked() = default;
  ~Parked();
  Parked(const Parked&) = delete;
  Parked& operator=(const Parked&) = delete;
};

/// Whether this thread's calls have to stop since another one ends the interpreter.
[[nodiscard]] bool is_ending() noexcept;

/// Called by the thread that ends the interpreter, with the GIL: waits until no other is inside a call, but no longer
/// than ten seconds, for one may wait for a source of rows that never answers.
void end_calls();

/// In a forked child no other thread is inside a call.
void forget_calls_of_other_threads() noexcept;

}  // namespace customerhealth::bindings
