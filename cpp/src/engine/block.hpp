#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "customerhealth/common/parallel.hpp"
#include "customerhealth/metrics/answer.hpp"
#include "customerhealth/metrics/timeline.hpp"
#include "snapshot.hpp"

namespace customerhealth {

/// What one call of `score` asks of every block.
struct Question {
  const Snapshot* snapshot = nullptr;
  std::span<const Instant> as_ofs;               // ascending, each once
  std::vector<Timeline> timelines;               // beside Model::tables: of each plan's reaches
  std::vector<std::vector<std::uint8_t>> stale;  // from stale_tables
};

/// The answers for some accounts at every as-of, whether there is a panel row or not. Cells lie [account][as-of].
struct BlockAnswers {
  std::vector<Cells> slots;           // beside Model::slots
  std::vector<std::uint8_t> present;  // is there a panel row?
};

/// Works out everything the model defines for a block of accounts, node by node in dependency order.
[[nodiscard]] BlockAnswers answer_block(const Question& question, std::span<const AccountCode> accounts,
                                        const Watch& watch);

}  // namespace customerhealth
