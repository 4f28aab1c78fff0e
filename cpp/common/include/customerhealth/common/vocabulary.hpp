#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace customerhealth {

/// As `suggestion`, of the words of a language: where none is near, all of them are listed, however many.
[[nodiscard]] std::string word_suggestion(const std::string& given, const std::vector<std::string>& words);

/// What we call an aggregation, or a function over parts, that SQL, pandas and sheets call `word`: `mean` for `avg`;
/// empty where they call none of ours so.
[[nodiscard]] std::string_view called_here(std::string_view word) noexcept;

}  // namespace customerhealth
