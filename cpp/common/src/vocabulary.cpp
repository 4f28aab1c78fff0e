#include "customerhealth/common/vocabulary.hpp"

#include <algorithm>
#include <array>

namespace customerhealth {
namespace {

struct Elsewhere {
  std::string_view word, here;
};

constexpr auto kElsewhere = std::to_array<Elsewhere>({
    {"approx_count_distinct", "count_distinct"},
    {"average", "mean"},
    {"avg", "mean"},
    {"count_unique", "count_distinct"},
    {"countd", "count_distinct"},
    {"distinct", "count_distinct"},
    {"distinct_count", "count_distinct"},
    {"earliest", "first"},
    {"latest", "last"},
    {"maximum", "max"},
    {"minimum", "min"},
    {"most_common", "mode"},
    {"n_unique", "count_distinct"},
    {"newest", "last"},
    {"nunique", "count_distinct"},
    {"oldest", "first"},
    {"percentile", "quantile"},
    {"size", "count"},
    {"stddev", "std"},
    {"stdev", "std"},
    {"total", "sum"},
    {"unique", "count_distinct"},
});

}  // namespace

std::string_view called_here(std::string_view word) noexcept {
  const auto* const found = std::ranges::find(kElsewhere, word, &Elsewhere::word);
  return found == kElsewhere.end() ? std::string_view{} : found->here;
}

}  // namespace customerhealth
