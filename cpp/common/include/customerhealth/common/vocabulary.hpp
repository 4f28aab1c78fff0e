#pragma once

#include <string>
#include <vector>

namespace customerhealth {

/// As `suggestion`, of the words of a language: where none is near, all of them are listed, however many.
[[nodiscard]] std::string word_suggestion(const std::string& given, const std::vector<std::string>& words);

}  // namespace customerhealth
