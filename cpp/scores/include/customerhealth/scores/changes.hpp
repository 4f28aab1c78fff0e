#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "customerhealth/common/code.hpp"
#include "customerhealth/scores/contributions.hpp"
#include "customerhealth/scores/frame.hpp"
#include "customerhealth/scores/score.hpp"

namespace customerhealth::scores {

/// A place in Comparison::part_names; missing: the score itself.
using PartIndex = Code<struct PartTag>;

/// Why a part of a score adds more or less than it did.
enum class Cause : std::uint8_t {
  value,     // the value changed; the same case and band apply
  band,      // its value fell into another band
  case_,     // another case of its rule holds
  peers,     // the values of the peers changed
  weight,    // the share changed, since other parts gained or lost points
  appeared,  // the part had no points and has some now; of the whole: the score was missing
  vanished,  // the reverse
  chosen,    // under lowest or highest another part decides
  cap,
  round,
  clamp,
  model,  // another model; the data are the same
};
inline constexpr Cause kLastCause = Cause::model;
[[nodiscard]] std::string_view to_string(Cause cause) noexcept;

/// One cause of one row's change.
struct Change {
  /// The reason for which the part has no points, or the score no value, on one side.
  struct Missing {
    Reason reason;
    friend constexpr auto operator<=>(const Missing&, const Missing&) noexcept = default;
  };
  /// A policy gives points for a missing value, on one side or on both. Reason::none: the value is there.
  struct Policy {
    Reason from, to;
    friend constexpr auto operator<=>(const Policy&, const Policy&) noexcept = default;
  };
  /// Two bands or labels of the case that holds on both sides; as in MeasureRows::choices.
  struct Entries {
    std::int32_t of_case, from, to;
    friend constexpr auto operator<=>(const Entries&, const Entries&) noexcept = default;
  };
  /// Two cases; as in MeasureRows::cases.
  struct Cases {
    std::int32_t from, to;
    friend constexpr auto operator<=>(const Cases&, const Cases&) noexcept = default;
  };
  /// What another part did.
  struct OtherPart {
    enum class Did : std::uint8_t { appear, vanish, decide_before, decide_now };
    Did did;
    PartIndex part;
    friend constexpr auto operator<=>(const OtherPart&, const OtherPart&) noexcept = default;
  };
  /// A cap that holds on one side, or on both sides, with the same limit or another one.
  enum class Limit : std::uint8_t { on, off, moved, holds };
  /// The account has no row in the panel on one side.
  struct NoRow {
    friend constexpr auto operator<=>(const NoRow&, const NoRow&) noexcept = default;
  };
  /// The documents differ; `text` is the place of their paths among the texts of ModelChanges.
  struct Paths {
    std::int32_t text;
    friend constexpr auto operator<=>(const Paths&, const Paths&) noexcept = default;
  };
  using Because = std::variant<std::monostate, Missing, Policy, Entries, Cases, OtherPart, Limit, NoRow, Paths>;

  std::size_t row = 0;
  PartIndex part;
  Cause cause = Cause::value;
  Because because;          // std::monostate: nothing more is known
  double from = 0, to = 0;  // values; shares of a `weight`; limits of a cap. NaN: missing
  double contribution = 0;  // NaN where the score is missing at one of the dates

  [[nodiscard]] bool is_unexplained() const noexcept { return std::holds_alternative<std::monostate>(because); }
};

/// A score on two sides, and the causes of the difference.
class Comparison {
 public:
  Comparison() = default;
  Comparison(const Comparison&) = delete;
  Comparison& operator=(const Comparison&) = delete;
  virtual ~Comparison() = default;

  [[nodiscard]] virtual std::vector<std::string> part_names() const = 0;
  /// The slots that a frame of either side must have columns for.
  [[nodiscard]] virtual std::span<const SlotIndex> slots_from() const noexcept = 0;
  [[nodiscard]] virtual std::span<const SlotIndex> slots_to() const noexcept = 0;
  /// Appends the causes of each row, part by part. Row i of both frames is the same account. A row whose score is
  /// missing on both sides gets no cause; if it is missing on one side, a single cause of the whole score.
  virtual void fill(const Frame& from, const Frame& to, std::vector<Change>& out) const = 0;
  /// Change::because in words; empty where nothing more is known.
  [[nodiscard]] virtual std::string because(const Change& change) const = 0;
};

/// Splits the difference of a score between two dates into causes. Parts and their order are those of `Contributions`,
/// with one more part for each nested score that is expanded, which names what concerns that score as a whole.
///
/// A measure contributes share n times points p. The difference of the products is mean(n) Δp + mean(p) Δn, exactly,
/// and it does not depend on which date comes first.
class Changes final : public Comparison {
 public:
  /// Throws Error when a deep score has more than a hundred thousand parts.
  Changes(const model::BoundScore& score, Depth depth);

  struct Listed {
    std::string name;
    const model::BoundScore* score = nullptr;
    LevelPart part;
    std::size_t nested = 0;  // so many of the parts that follow belong to this nested score
  };
  [[nodiscard]] std::span<const Listed> parts() const noexcept { return parts_; }

  [[nodiscard]] std::vector<std::string> part_names() const override;
  [[nodiscard]] std::span<const SlotIndex> slots_from() const noexcept override { return slots_; }
  [[nodiscard]] std::span<const SlotIndex> slots_to() const noexcept override { return slots_; }
  void fill(const Frame& from, const Frame& to, std::vector<Change>& out) const override;
  [[nodiscard]] std::string because(const Change& change) const override;

  struct Words {
    std::string from, to;
  };
  /// The bands, labels or cases of Change::Entries and Change::Cases; nothing for other causes.
  [[nodiscard]] std::optional<Words> words(const Change& change) const;

 private:
  struct Level;
  void list(const model::BoundScore& score, const std::string& prefix);
  /// The nested score that is expanded in place of the measure; null where none is.
  [[nodiscard]] const model::BoundScore* expanded(const model::BoundMeasure& measure) const noexcept;
  [[nodiscard]] const model::Measure& measure_of(PartIndex part) const;
  void fill_level(const model::BoundScore& score, std::size_t part, const Frame& from, const Frame& to,
                  std::span<const double> factors, std::vector<Change>& out) const;

  const model::BoundScore* score_;
  Depth depth_;
  std::vector<Listed> parts_;
  std::vector<SlotIndex> slots_;
};

}  // namespace customerhealth::scores
