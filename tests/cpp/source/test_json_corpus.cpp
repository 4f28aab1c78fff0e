#include <gtest/gtest.h>

#include "../fuzz/json_target.hpp"
#include "../fuzz/replay.hpp"

namespace customerhealth::source {
namespace {

TEST(JsonCorpus, is_there) { EXPECT_GE(replay::corpus("json").size(), 4U); }
TEST(JsonCorpus, breaks_nothing) { replay::whole("json", json_target::run); }
TEST(JsonCorpus, breaks_nothing_when_cut_short) { replay::cut_short("json", json_target::run); }
TEST(JsonCorpus, breaks_nothing_when_spliced) { replay::spliced("json", json_target::run); }

}  // namespace
}  // namespace customerhealth::source
