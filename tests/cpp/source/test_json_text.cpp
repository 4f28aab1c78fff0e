#include <gtest/gtest.h>

#include <cmath>
#include <deque>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "json_text.hpp"

namespace customerhealth::source {
namespace {

using nlohmann::json;
using Kind = Token::Kind;

std::vector<Step> steps(const std::string& path) { return parse_steps("r" + path, 1); }

struct Found {
  bool is_json = false;
  std::vector<Kind> kinds;
  std::vector<std::string> texts;  // unescaped
};

Found find(const std::string& text, const std::vector<std::string>& paths) {
  std::vector<std::vector<Step>> all;
  for (const std::string& path : paths) all.push_back(steps(path));
  std::vector<Token> tokens(paths.size());
  std::deque<std::string> kept;
  Found out;
  out.is_json = JsonPaths{all}.find(text, tokens, kept);
  for (const Token& token : tokens) {
    out.kinds.push_back(token.kind);
    std::string content;
    if (token.kind == Kind::escaped)
      append_unescaped(token.text(), content);
    else
      content = token.text();
    out.texts.push_back(content);
  }
  return out;
}

Kind kind(const std::string& text, const std::string& path) { return find(text, {path}).kinds[0]; }
std::string text(const std::string& text, const std::string& path) { return find(text, {path}).texts[0]; }
bool is_json(const std::string& text) { return find(text, {".a"}).is_json; }

TEST(JsonTexts, give_what_a_path_leads_to) {
  const std::string row =
      R"( {"a": {"b": [10, -2.5e1, "x"]}, "t": true, "f": false, "n": null, "s": "", "o": {"p": [1]}} )";
  EXPECT_EQ(text(row, ".a.b[0]"), "10");
  EXPECT_EQ(kind(row, ".a.b[0]"), Kind::integer);
  EXPECT_EQ(text(row, ".a.b[1]"), "-2.5e1");
  EXPECT_EQ(kind(row, ".a.b[1]"), Kind::number);
  EXPECT_EQ(text(row, ".a.b[2]"), "x");
  EXPECT_EQ(kind(row, ".a.b[3]"), Kind::absent);
  EXPECT_EQ(kind(row, ".t"), Kind::yes);
  EXPECT_EQ(kind(row, ".f"), Kind::no);
  EXPECT_EQ(kind(row, ".n"), Kind::absent);
  EXPECT_EQ(kind(row, ".n.x"), Kind::absent);
  EXPECT_EQ(kind(row, ".s"), Kind::text);
  EXPECT_EQ(text(row, ".o"), R"({"p": [1]})");
  EXPECT_EQ(kind(row, ".o"), Kind::nested);
  EXPECT_EQ(kind(row, ".missing.more"), Kind::absent);
}

TEST(JsonTexts, say_where_a_path_cannot_go_on) {
  const std::string row = R"({"a": 1, "s": "plain", "l": [1], "o": {"x": 1}})";
  EXPECT_EQ(kind(row, ".a.b"), Kind::mismatch);
  EXPECT_EQ(kind(row, ".s.b"), Kind::mismatch);
  EXPECT_EQ(kind(row, ".l.b"), Kind::mismatch);
  EXPECT_EQ(kind(row, ".o[0]"), Kind::mismatch);
  EXPECT_EQ(kind(row, ".o[x=1]"), Kind::mismatch);
  EXPECT_EQ(kind("7", ".b"), Kind::mismatch);
}

TEST(JsonTexts, have_many_paths_in_one_pass) {
  const std::string row = R"({"a": {"b": 1, "c": {"d": 2}}, "e": [{"f": 3}, {"f": 4}]})";
  const Found found = find(row, {".a", ".a.b", ".a.c.d", ".e[1].f", ".e[0].f", ".a.c", ".e[1].f", ".z"});
  EXPECT_EQ(found.texts,
            (std::vector<std::string>{R"({"b": 1, "c": {"d": 2}})", "1", "2", "4", "3", R"({"d": 2})", "4", ""}));
}

TEST(JsonTexts, match_the_first_element_with_a_member) {
  const std::string row =
      R"([{"k": "x", "v": 1}, {"k": "y", "v": 2}, 5, {"v": 3, "k": "y"}, {"k": 7, "v": 4}, {"k": true, "v": 5}, {"k":"\u0041", "v": 6}])";
  EXPECT_EQ(text(row, "[k=y].v"), "2");
  EXPECT_EQ(text(row, "[k=7].v"), "4");
  EXPECT_EQ(text(row, "[k=7.0].v"), "4");
  EXPECT_EQ(text(row, "[k=true].v"), "5");
  EXPECT_EQ(text(row, "[k=A].v"), "6");
  EXPECT_EQ(text(row, "[v=3].k"), "y");
  EXPECT_EQ(kind(row, "[k=z].v"), Kind::absent);
  const Found both = find(row, {"[k=y].v", "[k=x].v", "[1].v", "[2]"});
  EXPECT_EQ(both.texts, (std::vector<std::string>{"2", "1", "2", "5"}));
  EXPECT_EQ(text(R"([{"k": 9007199254740993, "v": 1}, {"k": 9007199254740992, "v": 2}])", "[k=9007199254740992].v"),
            "2");
}

TEST(JsonTexts, take_the_last_of_two_members_of_one_name) {
  EXPECT_EQ(text(R"({"a": 1, "a": 2})", ".a"), "2");
  EXPECT_EQ(kind(R"({"a": 1, "a": null})", ".a"), Kind::absent);
  EXPECT_EQ(kind(R"({"a": {"b": 1}, "a": {"c": 2}})", ".a.b"), Kind::absent);
  EXPECT_EQ(kind(R"({"a": {"b": 1}, "a": 3})", ".a.b"), Kind::mismatch);
  EXPECT_EQ(text(R"([{"k": "x", "k": "y", "v": 1}])", "[k=y].v"), "1");
  EXPECT_EQ(kind(R"([{"k": "y", "k": "x", "v": 1}])", "[k=y].v"), Kind::absent);
}

TEST(JsonTexts, read_escapes_and_surrogates) {
  EXPECT_EQ(text(R"({"a": "\"\\\/\b\f\n\r\t"})", ".a"), "\"\\/\b\f\n\r\t");
  const std::string wide{"é€😀\0x", 11};
  EXPECT_EQ(text(R"({"a": "\u00e9\u20ac\ud83d\ude00\u0000x"})", ".a"), wide);
  EXPECT_EQ(text(R"({"\u0061": 1})", ".a"), "1");
  EXPECT_EQ(text(R"({"a\"b": 1})", "['a\"b']"), "1");
  for (const char* bad : {R"("\x")", R"("\u12g4")", R"("\u12")", R"("\ud83d")", R"("\ude00")", R"("\ud83d\u0041")",
                          R"("\ud83dx")", "\"\\", "\"\\u-123\"", "\"a\nb\"", "\"\xff\"", "\"\xc3\""}) {
    EXPECT_FALSE(is_json(bad)) << bad;
    EXPECT_FALSE(is_json(std::string{"{\"b\": "} + bad + "}")) << bad;  // beside the path as well
  }
}

TEST(JsonTexts, are_json_or_none_whatever_the_paths) {
  for (const char* good : {"{}", "[]", "0", "-0", "1.5E+3", "\"\"", "null", " {\"a\" : [ ] } \n", "[NaN]"}) {
    EXPECT_TRUE(is_json(good)) << good;
  }
  for (const char* bad : {"",
                          "{",
                          "[1",
                          "{\"a\"",
                          "{\"a\":",
                          "{\"a\":1",
                          "{\"a\":1,}",
                          "[1,]",
                          "[,1]",
                          "01",
                          "1.",
                          ".5",
                          "+1",
                          "1e",
                          "-",
                          "tru",
                          "nul",
                          "True",
                          "{'a': 1}",
                          "{a: 1}",
                          "[1] 2",
                          "[}",
                          "{]",
                          "[{]}",
                          "\"open",
                          "abc",
                          "Infinity",
                          "[1 2]",
                          "{\"a\" 1}",
                          "{\"a\": 1 \"b\": 2}",
                          "undefined",
                          "{\"b\": undefined}",
                          "\xEF\xBB\xBF{}"}) {
    EXPECT_FALSE(is_json(bad)) << bad;
  }
}

TEST(JsonTexts, that_are_cut_off_anywhere_are_none) {
  const std::string whole = R"({"a": [1, {"b": "x\u00e9\"y", "c": -1.5e3}], "d": true, "e": null})";
  ASSERT_TRUE(is_json(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Found found = find(whole.substr(0, size), {".a[0]", ".d"});
    EXPECT_FALSE(found.is_json) << size;
    EXPECT_EQ(found.kinds, (std::vector<Kind>{Kind::absent, Kind::absent})) << size;
  }
}

TEST(JsonTexts, of_any_depth_cost_no_stack) {
  const std::size_t depth = 1'000'000;
  const std::string open(depth, '['), close(depth, ']');
  EXPECT_TRUE(is_json(open + close));
  EXPECT_FALSE(is_json(open));
  EXPECT_EQ(kind("{\"a\": " + open + close + "}", ".a"), Kind::nested);
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  EXPECT_FALSE(is_json(objects));
  std::string path, nest = "7";
  for (int i = 0; i < 10; ++i) path += "[0]", nest = "[" + nest + "]";
  EXPECT_EQ(text(nest, path), "7");
}

TEST(JsonTexts, inside_of_texts_are_walked_into) {
  EXPECT_EQ(text(R"({"p": "{\"a\": {\"b\": \"x\\\"y\"}}"})", ".p.a.b"), "x\"y");
  EXPECT_EQ(text(R"({"p": "[1, 2]"})", ".p[1]"), "2");
  const Found both = find(R"({"p": "{\"a\": 1}"})", {".p", ".p.a"});
  EXPECT_EQ(both.texts, (std::vector<std::string>{"{\"a\": 1}", "1"}));
  EXPECT_EQ(kind(R"({"p": "{\"a\": 1"})", ".p.a"), Kind::mismatch);
  EXPECT_EQ(kind(R"({"p": ""})", ".p.a"), Kind::mismatch);
  EXPECT_TRUE(find(R"({"p": "{\"a\": 1"})", {".p.a"}).is_json);
}

// ---- against nlohmann/json
// -------------------------------------------------------------------------------------------

class Documents {
 public:
  explicit Documents(unsigned seed) : random_{seed} {}

  json value(int depth) {
    switch (below(depth > 0 ? 9 : 6)) {
      case 0:
        return nullptr;
      case 1:
        return below(2) == 0;
      case 2:
        return static_cast<std::int64_t>(random_()) >> below(64);
      case 3:
        return std::ldexp(static_cast<double>(below(1000)) - 500, static_cast<int>(below(40)) - 20);
      case 4:
      case 5:
        return word();
      case 6:
      case 7: {
        json out = json::object();
        for (std::size_t n = below(5); n > 0; --n) out[name()] = value(depth - 1);
        return out;
      }
      default: {
        json out = json::array();
        for (std::size_t n = below(4); n > 0; --n) out.push_back(value(depth - 1));
        return out;
      }
    }
  }
  std::string path() {
    std::string out;
    for (std::size_t n = 1 + below(3); n > 0; --n) {
      if (below(3) == 0)
        out += "[" + std::to_string(below(3)) + "]";
      else
        out += "['" + name() + "']";
    }
    return out;
  }
  std::size_t below(std::size_t n) { return random_() % n; }

 private:
  std::string name() {
    static const std::vector<std::string> names{"a", "b", "c.d", "é", "q\"", "\\", "\n"};
    return names[below(names.size())];
  }
  std::string word() {
    static const std::vector<std::string> parts{"a", "é",   "😀", "\"", "\\", "\n", "\x01", "0", "plain letters ",
                                                "/", "\x7f"};
    std::string out;
    for (std::size_t n = below(12); n > 0; --n) out += parts[below(parts.size())];
    return out;
  }
  std::mt19937_64 random_;
};

const json* walked(const json& document, const std::vector<Step>& path) {
  const json* at = &document;
  for (const Step& step : path) {
    if (const auto* member = std::get_if<Member>(&step)) {
      if (!at->is_object() || !at->contains(member->name)) return nullptr;
      at = &(*at)[member->name];
    } else {
      const auto place = static_cast<std::size_t>(std::get<Place>(step).place);
      if (!at->is_array() || at->size() <= place) return nullptr;
      at = &(*at)[place];
    }
  }
  return at;
}

void expect_equal(const json* expected, Kind kind, const std::string& text) {
  if (expected == nullptr || expected->is_null()) {
    EXPECT_TRUE(kind == Kind::absent || kind == Kind::mismatch);
  } else if (expected->is_string()) {
    EXPECT_TRUE(kind == Kind::text || kind == Kind::escaped);
    EXPECT_EQ(text, expected->get<std::string>());
  } else if (expected->is_boolean()) {
    EXPECT_EQ(kind, expected->get<bool>() ? Kind::yes : Kind::no);
  } else if (expected->is_number_integer()) {
    EXPECT_EQ(kind, Kind::integer);
    EXPECT_EQ(text, expected->dump());
  } else if (expected->is_number()) {
    EXPECT_EQ(kind, Kind::number);
    EXPECT_EQ(json::parse(text), *expected);
  } else {
    EXPECT_EQ(kind, Kind::nested);
    EXPECT_EQ(json::parse(text), *expected);
  }
}

TEST(JsonTexts, agree_with_another_reader_on_random_documents) {
  for (unsigned seed = 0; seed < 3000; ++seed) {
    SCOPED_TRACE(seed);
    Documents random{seed};
    const json document = random.value(4);
    const std::string written = document.dump(static_cast<int>(random.below(3)) - 1, ' ', random.below(2) == 0);
    std::vector<std::string> paths;
    for (std::size_t n = 1 + random.below(5); n > 0; --n) paths.push_back(random.path());
    const Found found = find(written, paths);
    ASSERT_TRUE(found.is_json) << written;
    for (std::size_t p = 0; p < paths.size(); ++p) {
      SCOPED_TRACE(written + " " + paths[p]);
      // a text that is JSON itself is walked into, which the other reader does not do
      expect_equal(walked(document, steps(paths[p])), found.kinds[p], found.texts[p]);
    }
  }
}

/// Nothing: a number beyond the doubles stopped the other reader, which is no matter of grammar.
std::optional<bool> accepts(const std::string& text) {
  try {
    return !json::parse(text).is_discarded();
  } catch (const json::out_of_range&) {
    return std::nullopt;
  } catch (const json::parse_error&) {
    return false;
  }
}

TEST(JsonTexts, that_are_damaged_are_refused_as_another_reader_refuses_them) {
  constexpr std::string_view kBytes = "{}[]\",:\\u0e1-.tn \xc3\x01";
  for (unsigned seed = 0; seed < 5000; ++seed) {
    Documents random{seed};
    std::string written = random.value(3).dump();
    for (std::size_t n = 1 + random.below(2); n > 0; --n) {
      const std::size_t at = random.below(written.size());
      const char byte = kBytes[random.below(kBytes.size())];
      if (random.below(2) == 0)
        written[at] = byte;
      else
        written.insert(at, 1, byte);
    }
    const std::string path = random.path();
    const std::optional<bool> accepted = accepts(written);
    if (accepted) {
      EXPECT_EQ(find(written, {path}).is_json, *accepted) << written << " " << path;
    }
  }
}

}  // namespace
}  // namespace customerhealth::source
