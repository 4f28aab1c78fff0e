#include "customerhealth/model/aggregations.hpp"
#include "drafts.hpp"

namespace customerhealth::model {
namespace {

/// Bars would end a cell.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) (out += c == '|' ? "\\" : "") += c;
  return out;
}

std::string quoted(const std::vector<std::string_view>& names) {
  std::string out;
  for (const std::string_view name : names) (out += out.empty() ? "`" : ", `").append(name) += '`';
  return out;
}

std::string rules_of(const ObjectInfo& info, const KeyInfo& key) {
  std::string out;
  if (!key.kinds.empty()) out += "; " + std::string{info.kind_key} + " " + quoted(key.kinds);
  if (!key.needs.empty()) out += "; needs " + quoted(key.needs);
  std::vector<std::string_view> others;
  for (const KeyInfo& other : info.keys) {
    if (!key.group.empty() && other.group == key.group && other.name != key.name) others.push_back(other.name);
  }
  if (!others.empty()) out += "; not beside " + quoted(others);
  return out;
}

std::string default_of(const KeyInfo& key) {
  if (key.required) return "required";
  if (key.required_in_kinds) return "required";
  return key.fallback.empty() ? "" : "`" + std::string{key.fallback} + "`";
}

void write_object(const ObjectInfo& info, std::string& out) {
  out += "### " + std::string{info.name} + "\n\n" + std::string{info.meaning} + "\n\n";
  out += "| key | value | meaning | default |\n| --- | --- | --- | --- |\n";
  for (const KeyInfo& key : info.keys) {
    out += "| `" + std::string{key.name} + "` | " + cell(key.words()) + " | " + cell(key.meaning) +
           cell(rules_of(info, key)) + " | " + cell(default_of(key)) + " |\n";
  }
  for (const std::string_view group : info.required_groups) {
    out += "\nOne of " + alternatives(info.group_names(group)) + " is needed.\n";
  }
  out += '\n';
}

std::string of_words(const AggregationRule& rule) {
  switch (rule.of) {
    case AggregationRule::Of::none:
      return "no";
    case AggregationRule::Of::optional:
      return std::string{words(rule.takes)} + ", or none";
    case AggregationRule::Of::needed:
      return std::string{words(rule.takes)};
  }
  return "";
}

void write_aggregations(std::string& out) {
  out += "### aggregations\n\n| agg | rows | of | in buckets | meaning |\n| --- | --- | --- | --- | --- |\n";
  for (const AggregationRule& rule : kAggregationRules) {
    out += "| `" + std::string{rule.name} + "` | " + std::string{words(rule.on)} + " | " + of_words(rule) + " | " +
           (rule.buckets == AggregationRule::Buckets::no ? "no" : "yes") + " | " + cell(rule.meaning) + " |\n";
  }
}

void write_functions(std::string& out) {
  out +=
      "\n### functions\n\nWhat formulas may call. Unless the meaning says otherwise, the result is missing where an ";
  out += "argument is.\n\n| function | takes | gives | meaning |\n| --- | --- | --- | --- |\n";
  for (const expression::FunctionInfo& function : expression::function_infos()) {
    out += "| `" + std::string{function.usage} + "` | " + function.takes + " | " + function.gives + " | " +
           cell(function.meaning) + " |\n";
  }
}

}  // namespace

std::string model_reference() {
  Outline outline;
  outline.add(object_of<DocumentDraft>().info());
  std::string out;
  for (const ObjectInfo* info : outline.objects) write_object(*info, out);
  write_aggregations(out);
  write_functions(out);
  return out;
}

}  // namespace customerhealth::model
