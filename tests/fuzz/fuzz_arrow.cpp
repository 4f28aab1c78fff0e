// libFuzzer target for tables; CONTRIBUTING.md says how it is built and run, with tests/fuzz/corpus/arrow.
// What it finds goes into the corpus, which the unit tests replay.
#include <cstddef>
#include <cstdint>
#include <string>

#include "arrow_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  customerhealth::arrow_target::run(std::string{data, data + size});
  return 0;
}
