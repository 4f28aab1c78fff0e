// libFuzzer target for paths into JSON texts; CONTRIBUTING.md says how it is built and run, with
// tests/fuzz/corpus/json. What it finds goes into the corpus, which the unit tests replay.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "json_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  customerhealth::json_target::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
