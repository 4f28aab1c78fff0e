#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "customerhealth/scores/contributions.hpp"
#include "customerhealth/scores/level.hpp"

namespace customerhealth {

/// Why a part of a score adds more or less than it did.
enum class Cause : std::uint8_t {
  value,     // its value, by the same rule
  band,      // its value fell into another band
  case_,     // another case of its rule holds
  peers,     // those it is compared with have other values
  weight,    // its share, because other parts came or went
  appeared,  // it has points now, and had none; without a part: the score is there now
  vanished,  // the reverse
  chosen,    // lowest, highest: another part decides
  cap,
  round,
  clamp,
  model,  // another model; the data are the same
};
inline constexpr Cause kLastCause = Cause::model;
[[nodiscard]] std::string_view to_string(Cause cause) noexcept;

/// One cause of one row's change. `because` says what `x` and `y` mean; `Changes::because` puts them into words.
struct Change {
  enum class Because : std::uint8_t {
    nothing,
    reason,     // x: the Reason it is missing for, at the date at which it is
    policy,     // x, y: the Reasons it is missing for at either date, where its policy gives points
    entries,    // x, y: bands or labels, of the case that held at both
    cases,      // x, y: as in MeasureRows::cases
    came,       // x: the part that has points now
    went,       // x: the part that has none now
    instead,    // x: the part that decided before
    gave_way,   // x: the part that decides now
    cap_on,     // it holds now, and did not
    cap_off,    // the reverse
    cap_moved,  // it held at both, at another bound
    cap_holds,  // it held at both, at the same bound: what it cut off was more or less
    no_row,     // the account has no row in the panel
    paths,      // x: which texts of ModelChanges
  };
  static constexpr std::int32_t kWhole = -1;

  std::size_t row = 0;
  std::int32_t part = kWhole;  // index into `Changes::parts`; kWhole: the score itself
  Cause cause = Cause::value;
  Because because = Because::nothing;
  std::int32_t x = 0, y = 0, held = 0;  // held: the case that `entries` belong to
  double from = 0, to = 0;              // values; shares of a `weight`; limits of a cap. NaN: missing
  double contribution = 0;              // NaN where the score is missing at one of the dates
};

/// A score on two sides, and the causes of the difference.
class Comparison {
 public:
  Comparison() = default;
  Comparison(const Comparison&) = delete;
  Comparison& operator=(const Comparison&) = delete;
  virtual ~Comparison() = default;

  /// What `Change::part` is an index into.
  [[nodiscard]] virtual std::vector<std::string> part_names() const = 0;
  /// The slots that a frame of either side must have columns for.
  [[nodiscard]] virtual std::span<const std::int32_t> slots_from() const noexcept = 0;
  [[nodiscard]] virtual std::span<const std::int32_t> slots_to() const noexcept = 0;
  /// Appends the causes of each row, part by part; both frames have the same accounts. Where the score is missing on
  /// both sides there is none, where it is on one of them there is one without a part.
  virtual void fill(const Frame& from, const Frame& to, std::vector<Change>& out) const = 0;
  /// In words; empty for `nothing`.
  [[nodiscard]] virtual std::string because(const Change& change) const = 0;
};

/// Takes the difference between a score at two dates apart. The parts and their order are those of `Contributions`,
/// only that a nested score that is taken apart is a part too: what concerns it as a whole bears its name.
///
/// A measure adds n times p: its share and its points. The difference of a product is the mean of n times what p
/// changed, and the mean of p times what n changed; both are exact and neither date comes first.
class Changes final : public Comparison {
 public:
  /// Throws Error when a deep score has more than a hundred thousand parts.
  Changes(const BoundModel& model, std::int32_t score, Depth depth);

  struct Listed {
    std::string name;
    std::int32_t score = 0;
    LevelPart part;
    std::size_t nested = 0;  // how many of the following parts this one is made of
  };
  [[nodiscard]] std::span<const Listed> parts() const noexcept { return parts_; }

  [[nodiscard]] std::vector<std::string> part_names() const override;
  [[nodiscard]] std::span<const std::int32_t> slots_from() const noexcept override { return slots_; }
  [[nodiscard]] std::span<const std::int32_t> slots_to() const noexcept override { return slots_; }
  void fill(const Frame& from, const Frame& to, std::vector<Change>& out) const override;
  [[nodiscard]] std::string because(const Change& change) const override;

 private:
  struct Level;
  void list(std::int32_t score, const std::string& prefix);
  [[nodiscard]] bool expands(const Measure& measure) const noexcept;
  [[nodiscard]] const Measure& measure_of(std::int32_t part) const;
  void fill_level(std::int32_t score, std::size_t part, const Frame& from, const Frame& to,
                  std::span<const double> factors, std::vector<Change>& out) const;

  const BoundModel* model_;
  std::int32_t score_;
  Depth depth_;
  std::vector<Listed> parts_;
  std::vector<std::int32_t> slots_;
};

}  // namespace customerhealth
