#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/source/path.hpp"

namespace customerhealth::source {
namespace {

using Steps = std::vector<Step>;

std::string problem(const std::string& name) {
  try {
    static_cast<void>(parse_steps(name, 1));
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Paths, name_members_places_and_matches) {
  EXPECT_EQ(parse_steps("p.$group_0", 1), (Steps{Member{"$group_0"}}));
  EXPECT_EQ(parse_steps("items[0].price.unit_amount", 5), (Steps{Place{0}, Member{"price"}, Member{"unit_amount"}}));
  EXPECT_EQ(parse_steps("params[key=company].value", 6), (Steps{Match{"key", "company"}, Member{"value"}}));
  EXPECT_EQ(parse_steps("p[12][3]", 1), (Steps{Place{12}, Place{3}}));
  EXPECT_EQ(parse_steps("p.a b.c-d", 1), (Steps{Member{"a b"}, Member{"c-d"}}));
}

TEST(Paths, have_odd_names_in_quotes) {
  EXPECT_EQ(parse_steps("p['a.b'].c", 1), (Steps{Member{"a.b"}, Member{"c"}}));
  EXPECT_EQ(parse_steps("p[\"a[0]\"]", 1), (Steps{Member{"a[0]"}}));
  EXPECT_EQ(parse_steps("p['it''s']", 1), (Steps{Member{"it's"}}));
  EXPECT_EQ(parse_steps("p['0']", 1), (Steps{Member{"0"}}));
  EXPECT_EQ(parse_steps("p['']", 1), (Steps{Member{""}}));
  EXPECT_EQ(parse_steps("p['k=x'='a]b']", 1), (Steps{Match{"k=x", "a]b"}}));
  EXPECT_EQ(parse_steps("p[k=]", 1), (Steps{Match{"k", ""}}));
  EXPECT_EQ(parse_steps("p[k=a=b]", 1), (Steps{Match{"k", "a=b"}}));
}

TEST(Paths, that_are_nonsense_say_where) {
  EXPECT_EQ(problem("p..a"),
            "the path 'p..a' cannot be read at its character 3: expected a name behind the dot; an odd one stands in "
            "brackets and quotes: ['a.b']");
  EXPECT_EQ(problem("p[-1]"),
            "the path 'p[-1]' cannot be read at its character 3: places are counted from 0, from the first on; none "
            "from the end");
  EXPECT_EQ(problem("p[*].x"),
            "the path 'p[*].x' cannot be read at its character 3: all elements are no value; `each` makes a row of "
            "every element");
  EXPECT_EQ(problem("p[0"), "the path 'p[0' cannot be read at its character 2: expected ] to close this bracket");
  EXPECT_EQ(problem("p['a"), "the path 'p['a' cannot be read at its character 3: the quote is not closed");
  EXPECT_EQ(problem("p.a]"), "the path 'p.a]' cannot be read at its character 4: this bracket closes nothing");
  EXPECT_EQ(problem("p['a']x"),
            "the path 'p['a']x' cannot be read at its character 7: expected . or [ behind a bracket");
  EXPECT_EQ(problem("p[=x]"),
            "the path 'p[=x]' cannot be read at its character 3: expected the name of a member before =");
  for (const char* name : {"p[]", "p[x]", "p[1.5]", "p[99999999999999999999]", "p[ 1]", "p[+1]"}) {
    EXPECT_NE(problem(name).find("expected a place such as [0]"), std::string::npos) << name;
  }
}

TEST(Paths, are_no_longer_than_anybody_writes) {
  std::string name = "p";
  for (int i = 0; i < 10; ++i) name += "[0]";
  EXPECT_EQ(parse_steps(name, 1).size(), 10U);
  for (int i = 0; i < 100'000; ++i) name += "[0]";
  EXPECT_NE(problem(name).find("a path has at most 64 steps"), std::string::npos);
}

TEST(Paths, begin_at_the_longest_column_that_is_there) {
  const std::vector<std::string> columns{"event", "event.properties", "a[0]"};
  EXPECT_EQ(root_of("event.properties.plan", columns), "event.properties");
  EXPECT_EQ(root_of("event.name", columns), "event");
  EXPECT_EQ(root_of("event[0]", columns), "event");
  EXPECT_EQ(root_of("a[0].b", columns), "a[0]");
  EXPECT_EQ(root_of("events.name", columns), std::nullopt);
  EXPECT_EQ(root_of("event", columns), std::nullopt);
  EXPECT_EQ(root_of(".event", columns), std::nullopt);
}

}  // namespace
}  // namespace customerhealth::source
