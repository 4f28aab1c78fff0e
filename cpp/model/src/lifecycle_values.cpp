#include "drafts.hpp"

namespace customerhealth::model {
namespace {

/// Reads "{name:format} and text": braces that stand for themselves are doubled.
class TemplateReader {
 public:
  TemplateReader(std::string_view text, const std::string& path, Findings& findings)
      : text_{text}, path_{path}, findings_{findings} {}

  [[nodiscard]] std::optional<TemplateDraft> read() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if ((c == '{' || c == '}') && text_.substr(at_ + 1, 1) == std::string_view{&c, 1}) {
        literal_ += c;
        at_ += 2;
      } else if (c == '{') {
        if (!place()) return std::nullopt;
      } else if (c == '}') {
        return fail("a '}' without its '{'; a brace that stands for itself is doubled");
      } else {
        literal_ += c;
        ++at_;
      }
    }
    if (!literal_.empty()) out_.pieces.push_back({std::move(literal_)});
    return std::move(out_);
  }

 private:
  /// From an opening brace on.
  bool place() {
    const std::size_t begin = ++at_;
    for (bool quoted = false; at_ < text_.size() && (quoted || (text_[at_] != '}' && text_[at_] != ':')); ++at_) {
      if (text_[at_] == '"') quoted = !quoted;
    }
    const std::string_view name = text_.substr(begin, at_ - begin);
    std::string format;
    if (at_ < text_.size() && text_[at_] == ':') {
      const std::size_t end = std::min(text_.find('}', at_), text_.size());
      format = std::string{text_.substr(at_ + 1, end - at_ - 1)};
      at_ = end;
    }
    if (at_ == text_.size()) return fail("a '{' without its '}'; a brace that stands for itself is doubled"), false;
    ++at_;
    const Json json{std::string{name}};
    auto read = Value<PanelName>::read(json, path_, findings_);
    if (!read) return false;
    out_.pieces.push_back({std::move(literal_), std::move(read->name), std::move(format)});
    literal_.clear();
    return true;
  }

  std::nullopt_t fail(const char* message) {
    findings_.add(path_, std::string{message} + "; in " + shown(text_));
    return std::nullopt;
  }

  std::string_view text_;
  const std::string& path_;
  Findings& findings_;
  std::size_t at_ = 0;
  std::string literal_;
  TemplateDraft out_;
};

}  // namespace

std::optional<PanelName> Value<PanelName>::read(const Json& json, const std::string& path, Findings& findings) {
  if (json.text() == nullptr || json.text()->empty()) {
    detail::expected(words(), json, path, findings);
    return std::nullopt;
  }
  auto formula = Value<Formula>::read(json, path, findings);
  if (formula && formula->expression.names().empty() && formula->expression.text() == *json.text()) {
    detail::expected(words(), json, path, findings);
    return std::nullopt;
  }
  return PanelName{std::move(*formula)};
}
Json Value<PanelName>::schema(Outline& outline) { return Value<Label>::schema(outline); }
std::string Value<PanelName>::words() { return "a name, as formulas write it"; }

std::optional<TemplateDraft> Value<TemplateDraft>::read(const Json& json, const std::string& path, Findings& findings) {
  if (json.text() != nullptr) return TemplateReader{*json.text(), path, findings}.read();
  detail::expected(words(), json, path, findings);
  return std::nullopt;
}
Json Value<TemplateDraft>::schema(Outline& outline) { return Value<std::string>::schema(outline); }
std::string Value<TemplateDraft>::words() { return "a text; {name} and {name:.1f} stand for values"; }

}  // namespace customerhealth::model
