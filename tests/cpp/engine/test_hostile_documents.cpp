#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "customerhealth/engine/portfolio.hpp"
#include "customerhealth/model/bound_model.hpp"
#include "engine/results.hpp"
#include "engine/worlds.hpp"

// Documents that once brought something down, or well might: parsed, bound and scored again and again, so that a
// sanitizer sees whatever is left behind.
namespace customerhealth::engine {
namespace {

using namespace worlds;

constexpr const char* kSelfComparing = R"json({"format": 1,
  "tables": {"contracts": {"kind": "intervals", "account": "account_id", "start": "begins", "end": "ends"}},
  "metrics": {"m0": {"from": "contracts", "agg": "count_distinct",
                     "of": "((amount + amount) = (amount + amount)) and (amount = amount)"},
              "m1": {"from": "contracts", "agg": "count"}},
  "scores": {"s": {"measures": {"p0": {"value": "m0", "bands": [{"below": -2, "points": 50}, {"points": 50}]}},
                   "include": "((m0 + m0) = (m0 - m0))"},
             "t": {"measures": {"a": {"score": "s"}}}}})json";

std::vector<std::string> presets() {
  const auto folder = std::filesystem::path{CUSTOMERHEALTH_TEST_DATA} / "../../python/customerhealth/presets";
  std::vector<std::string> all;
  for (const auto& entry : std::filesystem::directory_iterator{folder}) {
    std::ifstream file{entry.path()};
    all.emplace_back(std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{});
  }
  return all;
}

/// Types for the columns of all tables that every formula can live with: of those that fit, drawn ones.
model::TableTypes fitting_types(const model::Model& model, Dice& dice) {
  model::TableTypes types;
  for (const model::TableSpec& spec : model.tables) types.emplace_back(spec.columns.size(), Type::any);
  const auto fits = [&] {
    try {
      TextOverlay texts;
      (void)model::bind(model, types, texts);  // or else std::bind
      return true;
    } catch (const ModelError&) {
      return false;
    }
  };
  for (std::size_t t = 0; t < types.size(); ++t) {
    const model::TableSpec& spec = model.tables[t];
    for (std::int32_t c = 0; c < static_cast<std::int32_t>(spec.columns.size()); ++c) {
      Type& type = types[t][static_cast<std::size_t>(c)];
      if (spec.time == c || spec.end == c || spec.known == c)
        type = Type::instant;
      else if (spec.deleted == c)
        type = Type::boolean;
      else if (spec.account == c)
        type = Type::text;
      else {
        constexpr Type kTypes[] = {Type::number, Type::text, Type::boolean, Type::instant};
        const int first = dice.below(4);
        for (int i = 0; i < 4; ++i) {
          type = kTypes[(first + i) % 4];
          if (fits()) break;
          type = Type::any;
        }
      }
    }
  }
  EXPECT_TRUE(fits());
  return types;
}

TestColumn column(Dice& dice, Type type, std::size_t rows) {
  switch (type) {
    case Type::number:
      return integers(dice.numbers(rows, 9));
    case Type::text:
      return texts(dice.words(rows, 4));
    case Type::boolean:
      return truths(dice.numbers(rows, 2));
    case Type::instant:
      return micros(dice.times(rows, 0, 200));
    default:
      return nulls(rows);
  }
}

std::vector<ledger::TableInput> rows_for(const model::Model& model, const model::TableTypes& types, Dice& dice) {
  std::vector<ledger::TableInput> given;
  for (std::size_t t = 0; t < types.size(); ++t) {
    const auto rows = static_cast<std::size_t>(dice.below(60));
    const model::TableSpec& spec = model.tables[t];
    std::vector<TestColumn> all;
    for (std::size_t c = 0; c < types[t].size(); ++c) {
      all.push_back(spec.account == static_cast<std::int32_t>(c) ? texts(dice.ids(rows))
                                                                 : column(dice, types[t][c], rows));
    }
    given.push_back({spec.name, table_of(spec.name, spec.columns, std::move(all))});
  }
  return given;
}

void score_often(const std::string& json, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    const auto model = shared(json);
    Dice dice{static_cast<std::uint64_t>(round), 12};
    const model::TableTypes types = fitting_types(*model, dice);
    Portfolio made = portfolio(model, rows_for(*model, types, dice), 1 + round % 2);
    for (int more = 0; more < 3; ++more) {
      const panel::Panel panel = score(made);
      EXPECT_EQ(results::lines(*panel.table()).size(), static_cast<std::size_t>(panel.rows()));
      (void)results::lines(*panel.reasons());
      for (const model::ScoreSpec& spec : model->scores) {
        Watch watch;
        (void)results::lines(*panel.contributions(spec.name, true, Threads::resolve(1), watch));
      }
      append(made, rows_for(*model, types, dice));
    }
  }
}

TEST(HostileDocuments, are_scored_however_often) {
  score_often(kSelfComparing, 40);
  score_often(kModel, 6);
}

TEST(HostileDocuments, leave_presets_scored_however_often) {
  const auto all = presets();
  ASSERT_GE(all.size(), 2U);
  for (const std::string& preset : all) score_often(preset, 6);
}

TEST(HostileDocuments, break_with_an_error_wherever_they_are_cut_off) {
  for (const std::string& json : {std::string{kSelfComparing}, std::string{kModel}}) {
    for (std::size_t length = 0; length + 1 < json.size(); length += 7) {
      EXPECT_THROW((void)model::Model::parse(json.substr(0, length)), ModelError);
    }
  }
}

TEST(HostileDocuments, break_with_an_error_where_a_byte_is_another) {
  const std::string json = kSelfComparing;
  for (std::size_t i = 0; i < json.size(); i += 3) {
    for (const char byte : {'"', '0', 'x', '\\', '\xff', '\0'}) {
      std::string changed = json;
      changed[i] = byte;
      try {
        (void)model::Model::parse(changed);
      } catch (const ModelError&) {
      }
    }
  }
}

}  // namespace
}  // namespace customerhealth::engine
