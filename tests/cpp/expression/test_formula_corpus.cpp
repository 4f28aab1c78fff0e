#include <gtest/gtest.h>

#include "../fuzz/formula_target.hpp"
#include "../fuzz/replay.hpp"

namespace customerhealth::expression {
namespace {

TEST(FormulaCorpus, is_there) { EXPECT_GE(replay::corpus("formula").size(), 20U); }
TEST(FormulaCorpus, breaks_nothing) { replay::whole("formula", formula_target::run); }
TEST(FormulaCorpus, breaks_nothing_when_cut_short) { replay::cut_short("formula", formula_target::run); }
TEST(FormulaCorpus, breaks_nothing_when_spliced) { replay::spliced("formula", formula_target::run); }

}  // namespace
}  // namespace customerhealth::expression
