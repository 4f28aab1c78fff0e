#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bound_node.hpp"
#include "customerhealth/common/text_pool.hpp"
#include "functions.hpp"
#include "syntax_tree.hpp"

/// The nodes of the typed tree by what they do; each group has a file of its own.
namespace customerhealth::expression {

// names.cpp: what stands for itself
[[nodiscard]] BoundPtr make_literal(const LiteralNode& literal, TextOverlay& texts);
[[nodiscard]] Type type_of(const LiteralNode& literal) noexcept;
/// `slots`: one, or one a part.
[[nodiscard]] BoundPtr make_name(Type type, std::vector<SlotIndex> slots);

// arithmetic.cpp, time.cpp: numbers and instants
struct Operation {
  Kernel2 kernel;
  Type type;  // of the result
};
struct ChainStep {
  Kernel2 kernel;
  BoundPtr operand;
};
/// Nothing when the operation (+ - * / %) does not take these types.
[[nodiscard]] std::optional<Operation> find_operation(char operation, Type left, Type right) noexcept;
[[nodiscard]] BoundPtr make_chain(Type type, BoundPtr first, std::vector<ChainStep> steps);
[[nodiscard]] BoundPtr make_negation(BoundPtr operand);
[[nodiscard]] BoundPtr make_round(Call call);
[[nodiscard]] BoundPtr make_clip(Call call);
[[nodiscard]] Value add_days(Block& block, const Value& instant, const Value& days);
[[nodiscard]] Value add_to_days(Block& block, const Value& days, const Value& instant);
[[nodiscard]] Value subtract_days(Block& block, const Value& instant, const Value& days);
[[nodiscard]] Value subtract_instants(Block& block, const Value& later, const Value& earlier);
[[nodiscard]] double year_of(Instant t) noexcept;
[[nodiscard]] double month_of(Instant t) noexcept;
[[nodiscard]] double weekday_of(Instant t) noexcept;
[[nodiscard]] BoundPtr make_months_between(Call call);

// comparison.cpp, membership.cpp: tests; `type` is what the operands have in common
[[nodiscard]] BoundPtr make_comparison(Order order, Type type, BoundPtr left, BoundPtr right);
[[nodiscard]] BoundPtr make_between(Type type, BoundPtr value, BoundPtr low, BoundPtr high);
[[nodiscard]] BoundPtr make_membership(Type type, BoundPtr value, const std::vector<const LiteralNode*>& list,
                                       TextOverlay& texts);

// logic.cpp: three values
[[nodiscard]] BoundPtr make_not(BoundPtr operand);
[[nodiscard]] BoundPtr make_junction(JunctionNode::Kind kind, BoundList operands);
[[nodiscard]] BoundPtr make_is_missing(BoundPtr operand);
[[nodiscard]] Value truth_and(Block& block, const Value& a, const Value& b);
[[nodiscard]] Value truth_or(Block& block, const Value& a, const Value& b);

// choice.cpp
[[nodiscard]] BoundPtr make_if(Call call);
[[nodiscard]] BoundPtr make_coalesce(Call call);
[[nodiscard]] BoundPtr make_least(Call call);
[[nodiscard]] BoundPtr make_greatest(Call call);

// text.cpp
[[nodiscard]] BoundPtr make_lower(Call call);
[[nodiscard]] BoundPtr make_starts_with(Call call);
[[nodiscard]] BoundPtr make_ends_with(Call call);
[[nodiscard]] BoundPtr make_contains(Call call);
[[nodiscard]] BoundPtr make_number(Call call);
[[nodiscard]] BoundPtr make_trim(Call call);
[[nodiscard]] BoundPtr make_left(Call call);

// parts.cpp: over `m.*`; `parts` is how many there are
[[nodiscard]] BoundPtr make_sum(Call call);
[[nodiscard]] BoundPtr make_mean(Call call);
[[nodiscard]] BoundPtr make_min(Call call);
[[nodiscard]] BoundPtr make_max(Call call);
[[nodiscard]] BoundPtr make_count(Call call);

}  // namespace customerhealth::expression
