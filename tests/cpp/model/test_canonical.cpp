#include <gtest/gtest.h>

#include "model/documents.hpp"

namespace customerhealth::model {
namespace {

std::string canonical(const std::string& json) { return Model::parse(json).canonical; }

TEST(Canonical, sorts_keys_and_drops_white_space_and_the_schema) {
  EXPECT_EQ(
      canonical(
          " {\"name\" : \"x\\u0041\\n\\u00e9\\/\" ,\n \"$schema\":\"s\", \"format\": 1.0, \"description\": \"d\" } "),
      "{\"description\":\"d\",\"format\":1,\"name\":\"xA\\n\xc3\xa9/\"}");
}

TEST(Canonical, writes_equal_numbers_alike) {
  const auto with_scale = [](const std::string& low, const std::string& high) {
    return document({.scores = R"({"s": {"scale": [)" + low + "," + high +
                               R"(], "measures": {"m": {"value": "1", "identity": true}}}})"});
  };
  EXPECT_EQ(canonical(with_scale("0", "1")), canonical(with_scale("-0.0", "1.0e0")));
  EXPECT_EQ(canonical(with_scale("0.10", "1")), canonical(with_scale("1e-1", "1.000")));
  EXPECT_NE(canonical(with_scale("0", "1")), canonical(with_scale("0", "2")));
  EXPECT_EQ(canonical(with_scale("0", "9007199254740992")), canonical(with_scale("0", "9007199254740992.0")));
  EXPECT_NE(canonical(with_scale("0", "9007199254740993")), canonical(with_scale("0", "9007199254740992")));
}

TEST(Canonical, keeps_the_order_of_maps_by_name) {
  const Parts one{.metrics = R"({"b": {"formula": "1"}, "a": {"formula": "2"}})"};
  const Parts other{.metrics = R"({"a": {"formula": "2"}, "b": {"formula": "1"}})"};
  EXPECT_NE(model(one).digest, model(other).digest);  // their panels have their columns in another order
  const Parts keys{.metrics = R"({"b": {"description": "d", "formula": "1"}, "a": {"formula": "2"}})"};
  const Parts turned{.metrics = R"({"b": {"formula": "1", "description": "d"}, "a": {"formula": "2"}})"};
  EXPECT_EQ(model(keys).digest, model(turned).digest);
}

TEST(Canonical, sorts_maps_by_value) {
  const std::string base = R"("measures": {"m": {"value": "t", "labels": )";
  EXPECT_EQ(model(score_parts(base + R"({"b": 1, "a": 2}}})")).digest,
            model(score_parts(base + R"({"a": 2, "b": 1}}})")).digest);
}

TEST(Canonical, reads_back_as_the_same_model) {
  const Model first = model(score_parts(
      R"("measures": {"z": {"each": "p", "identity": true}, "a": {"value": "n", "curve": [[0.1, 1e-7], [1e300, 5]]}},
                                           "grades": [{"name": "b"}, {"name": "a", "from": 3}])"));
  const Model again = Model::parse(first.canonical);
  EXPECT_EQ(again.canonical, first.canonical);
  EXPECT_EQ(again.digest, first.digest);
  ASSERT_EQ(again.scores[0].measures.size(), 3U);
  EXPECT_EQ(again.scores[0].measures[0].name, "z.a");
  EXPECT_EQ(again.scores[0].measures[2].name, "a");
}

TEST(Digest, is_sha256_of_the_canonical_form) {
  // Python's hashlib.sha256 of the same bytes; lengths around the padding's edges.
  EXPECT_EQ(Model::parse(R"({"format": 1})").digest,
            "3f0a99256beeb89a6b9f2793885291a6454928fd74903159ab2e51452b13df6f");
  const auto named = [](std::size_t n) {
    return Model::parse(R"({"format": 1, "name": ")" + std::string(n, 'x') + "\"}");
  };
  EXPECT_EQ(named(33).canonical.size(), 55U);
  EXPECT_EQ(named(33).digest, "f56ae3d3d4db95bfbced66a77e545be8e0138dc13023fe951012158a6cb745d7");
  EXPECT_EQ(named(34).canonical.size(), 56U);
  EXPECT_EQ(named(34).digest, "429013198276c2d022c17a64293d857531fca872c63c67b57acd4388ef805614");
  EXPECT_EQ(named(42).canonical.size(), 64U);
  EXPECT_EQ(named(42).digest, "ce100f9e8590208e5aa57a46fdebac746bb2ee1011820421a8989bc72b15934e");
  EXPECT_EQ(named(1000).digest, "342147623d6a52c8a2660b851bd3b42c892a13cf7132b14c3113cc8925cfc560");
}

}  // namespace
}  // namespace customerhealth::model
