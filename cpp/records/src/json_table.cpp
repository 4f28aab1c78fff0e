#include "customerhealth/records/json_table.hpp"

#include <algorithm>
#include <cstring>
#include <unordered_map>
#include <utility>

#include "customerhealth/common/utf8.hpp"
#include "json_scanner.hpp"
#include "text_column.hpp"

namespace customerhealth::records {
namespace {

constexpr std::size_t kBytesPerBatch = std::size_t{1} << 28;  // of a column, whose offsets are 32 bits
constexpr std::size_t kMostText = std::size_t{1} << 30;       // of one value
constexpr std::size_t kMostNames = 10'000;                    // that are remembered: objects may be maps by id

/// Which of the wanted columns a member is. Objects of a table mostly have the same members in the same order.
class Names {
 public:
  explicit Names(const std::vector<std::string>& wanted) {
    for (std::size_t i = 0; i < wanted.size(); ++i) wanted_.emplace(wanted[i], static_cast<std::int32_t>(i));
  }

  void begin_object() noexcept { next_ = 0; }

  /// The column of a name as it stands between its quotes; -1: none is wanted.
  std::int32_t find(const JsonScanner& scanner, const JsonScanner::Text& name) {
    if (next_ < seen_.size() && seen_[next_].raw == name.raw) return seen_[next_++].column;
    const auto found = places_.find(name.raw);
    if (found != places_.end()) {
      next_ = found->second + 1;
      return seen_[found->second].column;
    }
    std::string meant;
    if (name.has_escapes) {
      append_unescaped(scanner, name.raw, meant);
    } else {
      meant = name.raw;
    }
    const auto wanted = wanted_.find(meant);
    const std::int32_t column = wanted == wanted_.end() ? -1 : wanted->second;
    if (seen_.size() < kMostNames) {
      places_.emplace(name.raw, seen_.size());
      seen_.push_back({name.raw, column});
      meant_.push_back(std::move(meant));
      next_ = seen_.size();
    }
    return column;
  }

  [[nodiscard]] std::vector<std::string> take_all() noexcept { return std::move(meant_); }

 private:
  struct Seen {
    std::string_view raw;  // into the text
    std::int32_t column;
  };
  std::unordered_map<std::string, std::int32_t> wanted_;
  std::unordered_map<std::string_view, std::size_t> places_;
  std::vector<Seen> seen_;
  std::vector<std::string> meant_;
  std::size_t next_ = 0;
};

class Slicer {
 public:
  Slicer(std::string_view text, const JsonRequest& request)
      : text_{text}, request_{request}, scanner_{text}, names_{request.columns}, texts_(request.columns.size()) {
    out_.columns.resize(request.columns.size());
  }

  JsonTable run() {
    try {
      if (request_.lines) {
        read_lines();
      } else {
        read_documents();
      }
    } catch (const JsonScanner::Stop& stop) {
      out_.fault = fault_of(stop);
    }
    end_batch();
    out_.table = std::move(table_);
    out_.names = names_.take_all();
    return std::move(out_);
  }

 private:
  // ---- documents ----

  void read_lines() {
    std::size_t place = 0;
    for (std::int64_t line = 1; place < text_.size(); ++line) {
      const std::size_t end = std::min(text_.find('\n', place), text_.size());
      scanner_.move_to(text_.substr(place, end - place), line);
      place = end + 1;
      out_.lines = line;
      scanner_.blanks();
      while (!scanner_.at_end()) {
        const std::int64_t begun = scanner_.line();
        read_document();
        scanner_.blanks();
        const bool is_next_line = scanner_.line() > begun;  // which a carriage return alone may end
        if (!scanner_.at_end() && !is_next_line) scanner_.expected("the end of the line after the object");
      }
    }
  }

  void read_documents() {
    for (scanner_.blanks(); !scanner_.at_end(); scanner_.blanks()) read_document();
    out_.lines = scanner_.line();
  }

  void read_document() {
    if (!request_.rows.empty()) return walk(0);
    if (scanner_.peek() == '[' && !request_.lines) return read_list();
    ++out_.objects;
    read_row();
  }

  /// Goes the way to the list of rows. What stands beside it is checked to be JSON too.
  void walk(std::size_t step) {
    if (step == request_.rows.size()) {
      if (scanner_.peek() != '[') scanner_.stop_at(scanner_.at(), {}, true);
      return read_list();
    }
    const char* const begin = scanner_.at();
    const auto* const name = std::get_if<std::string>(&request_.rows[step]);
    const bool found = name != nullptr ? walk_members(*name, step) : walk_elements(step);
    if (!found) scanner_.stop_at(begin, {}, true);
  }

  bool walk_members(const std::string& name, std::size_t step) {
    if (!scanner_.skip('{')) scanner_.stop_at(scanner_.at(), {}, true);
    bool found = false;
    std::string meant;
    scanner_.blanks();
    if (scanner_.skip('}')) return false;
    do {
      scanner_.blanks();
      const char* const at = scanner_.at();
      const JsonScanner::Text text = scanner_.name();
      meant.clear();
      append_unescaped(scanner_, text.raw, meant);
      const bool is_whole_path = step == 0 && meant == request_.rows_text;
      if (meant == name || is_whole_path) {
        if (found) scanner_.stop_at(at, "a second member '" + meant + "'");
        found = true;
        walk(is_whole_path ? request_.rows.size() : step + 1);
      } else {
        scanner_.value();
      }
      scanner_.blanks();
    } while (scanner_.skip(','));
    if (!scanner_.skip('}')) scanner_.expected("a comma or }");
    return found;
  }

  bool walk_elements(std::size_t step) {
    if (!scanner_.skip('[')) scanner_.stop_at(scanner_.at(), {}, true);
    const std::int64_t wanted = std::get<std::int64_t>(request_.rows[step]);
    scanner_.blanks();
    if (scanner_.skip(']')) return false;
    std::int64_t place = 0;
    do {
      scanner_.blanks();
      if (place++ == wanted) {
        walk(step + 1);
      } else {
        scanner_.value();
      }
      scanner_.blanks();
    } while (scanner_.skip(','));
    if (!scanner_.skip(']')) scanner_.expected("a comma or ]");
    return place > wanted;
  }

  void read_list() {
    scanner_.skip('[');
    scanner_.blanks();
    if (scanner_.skip(']')) return;
    do {
      scanner_.blanks();
      read_row();
      scanner_.blanks();
    } while (scanner_.skip(','));
    if (!scanner_.skip(']')) scanner_.expected("a comma or ]");
  }

  // ---- rows ----

  void read_row() {
    const char* const begin = scanner_.at();
    const std::int64_t line = scanner_.line();
    if (!scanner_.skip('{')) {
      if (scanner_.at_end()) scanner_.expected("an object");
      const std::optional<JsonKind> kind = scanner_.value();
      scanner_.stop_at(begin, "expected an object a row, got " + std::string{kind ? words_for(*kind) : "null"});
    }
    names_.begin_object();
    scanner_.blanks();
    if (!scanner_.skip('}')) {
      do {
        read_member();
        scanner_.blanks();
      } while (scanner_.skip(','));
      if (!scanner_.skip('}')) scanner_.expected("a comma or }");
    }
    end_row(line);
  }

  void read_member() {
    scanner_.blanks();
    const char* const at = scanner_.at();
    const JsonScanner::Text name = scanner_.name();
    const std::int32_t column = names_.find(scanner_, name);
    if (column < 0) {
      scanner_.value();
      return;
    }
    const auto c = static_cast<std::size_t>(column);
    TextColumn& texts = texts_[c];
    out_.columns[c].seen = true;
    if (texts.rows() > lines_.size()) scanner_.stop_at(at, "the object has two members '" + request_.columns[c] + "'");
    const char* const begin = scanner_.at();
    if (scanner_.peek() == '"') {
      const JsonScanner::Text text = scanner_.text();
      keep(column, JsonKind::text, text.raw, text.has_high_bytes, text.has_escapes);
    } else if (const std::optional<JsonKind> kind = scanner_.value()) {
      const std::string_view raw{begin, scanner_.at()};
      keep(column, *kind, raw, *kind >= JsonKind::object, false);
    } else {
      texts.add_null();
    }
  }

  void keep(std::int32_t column, JsonKind kind, std::string_view raw, bool check_utf8, bool has_escapes) {
    const auto c = static_cast<std::size_t>(column);
    if (raw.size() > kMostText) scanner_.stop_at(raw.data(), "a value of more than 1 GB");
    if (check_utf8) {
      const std::size_t bad = find_not_utf8(raw);
      if (bad != std::string_view::npos) scanner_.stop_at(raw.data() + bad, "a byte that is no UTF-8");
    }
    if (has_escapes) {
      append_unescaped(scanner_, raw, texts_[c].bytes());
    } else {
      texts_[c].bytes().append(raw);
    }
    texts_[c].add();
    std::int64_t& first = out_.columns[c].first_row[static_cast<std::size_t>(kind)];
    if (first < 0) first = out_.rows;
  }

  void end_row(std::int64_t line) {
    lines_.push_back(line);
    ++out_.rows;
    bool is_full = false;
    for (TextColumn& texts : texts_) {
      if (texts.rows() < lines_.size()) texts.add_null();
      is_full = is_full || texts.bytes().size() > kBytesPerBatch;
    }
    if (is_full) end_batch();
  }

  void end_batch() {
    if (lines_.empty() && !table_->batches.empty()) return;
    arrow::ResultTable::Batch batch;
    batch.rows = static_cast<std::int64_t>(lines_.size());
    batch.columns.push_back(arrow::integer_column("line", std::exchange(lines_, {})));
    for (std::size_t c = 0; c < texts_.size(); ++c) {
      // Of a row that is not whole nothing counts: the text is refused.
      batch.columns.push_back(texts_[c].take(request_.columns[c], static_cast<std::size_t>(batch.rows)));
    }
    table_->batches.push_back(std::move(batch));
  }

  // ---- faults ----

  [[nodiscard]] JsonFault fault_of(const JsonScanner::Stop& stop) const {
    JsonFault out{1, 1, stop.words, stop.of_path};
    const auto size = static_cast<std::size_t>(stop.at - text_.data());
    for (std::size_t i = 0; i < size; ++i) {
      const bool ends_line = text_[i] == '\n' || (text_[i] == '\r' && (i + 1 == text_.size() || text_[i + 1] != '\n'));
      if (ends_line) {
        ++out.line, out.column = 1;
      } else if ((static_cast<unsigned char>(text_[i]) & 0xC0U) != 0x80) {
        ++out.column;
      }
    }
    return out;
  }

  std::string_view text_;
  const JsonRequest& request_;
  JsonScanner scanner_;
  Names names_;
  std::vector<TextColumn> texts_;
  std::vector<std::int64_t> lines_;
  std::shared_ptr<arrow::ResultTable> table_ = std::make_shared<arrow::ResultTable>();
  JsonTable out_;
};

}  // namespace

JsonTable slice_json(std::string_view text, const JsonRequest& request) { return Slicer{text, request}.run(); }

}  // namespace customerhealth::records
