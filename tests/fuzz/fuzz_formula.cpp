// libFuzzer target for formulas. With Clang, from the top of the repository:
//   cmake -B build/fuzz -DCMAKE_CXX_COMPILER=clang++ -DCUSTOMERHEALTH_PYTHON=OFF
//   -DCUSTOMERHEALTH_SANITIZE=address,undefined cmake --build build/fuzz --target customerhealth_core
//   clang++ -std=c++20 -g -fsanitize=fuzzer,address,undefined -Icpp/include tests/fuzz/fuzz_formula.cpp \
//     build/fuzz/libcustomerhealth_core.a -o build/fuzz/fuzz_formula && build/fuzz/fuzz_formula
//     tests/fuzz/corpus/formula
// What it finds goes into the corpus, which the unit tests replay.
#include <cstddef>
#include <cstdint>
#include <string>

#include "formula_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  customerhealth::formula_target::run(std::string{data, data + size});
  return 0;
}
