#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace customerhealth {

/// Everything the core throws on purpose derives from this.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One thing that is wrong with a model document.
struct Problem {
  std::string path;                      // scores.adoption.measures.breadth.curve[2]; empty: the document itself
  std::string message;                   // what is wrong and what would have fitted; may show a formula with a caret
  std::optional<std::int64_t> position;  // byte offset into the formula (or into the JSON text, where path is empty)
};

/// A model document that cannot be used; `what()` lists every problem, a line or more each.
class ModelError : public Error {
 public:
  explicit ModelError(std::vector<Problem> problems);
  [[nodiscard]] const std::vector<Problem>& problems() const noexcept { return problems_; }

 private:
  std::vector<Problem> problems_;
};

/// A formula that cannot be read or typed. `what()` shows the formula with a caret under the place.
class FormulaError : public ModelError {
 public:
  /// `position` is a byte offset into `formula`.
  FormulaError(std::string message, const std::string& formula, std::int64_t position);
  [[nodiscard]] std::int64_t position() const noexcept { return position_; }
  [[nodiscard]] const std::string& message() const noexcept { return message_; }

 private:
  std::string message_;
  std::int64_t position_;
};

/// Data that cannot be used: which table and column, the first row it concerns and how many.
class DataError : public Error {
 public:
  DataError(std::string message, std::string table, std::string column, std::int64_t row = -1, std::int64_t rows = 0);
  [[nodiscard]] const std::string& table() const noexcept { return table_; }
  [[nodiscard]] const std::string& column() const noexcept { return column_; }
  [[nodiscard]] std::int64_t row() const noexcept { return row_; }    // -1: no single row
  [[nodiscard]] std::int64_t rows() const noexcept { return rows_; }  // 0: not a matter of rows

 private:
  std::string table_, column_;
  std::int64_t row_, rows_;
};

/// The caller asked a running computation to stop (Ctrl-C).
class Interrupted : public Error {
 public:
  Interrupted() : Error{"interrupted"} {}
};

/// The formula on a line, a caret under byte `position` (columns counted in code points, not bytes).
[[nodiscard]] std::string with_caret(const std::string& formula, std::int64_t position);

/// `did you mean 'x'?` for the nearest of `candidates`, or `expected one of a, b, c`; for error messages.
[[nodiscard]] std::string suggestion(const std::string& given, const std::vector<std::string>& candidates);

}  // namespace customerhealth
