// SPDX-License-Identifier: Apache-2.0
#include "bridge/cli/text/device_filter.hpp"

#include <fmt/format.h>

#include "bridge/cli/text/styled_text.hpp"
#include "bridge/core/http/target.hpp"

namespace rollcall::cli {
namespace {

std::string joined(const std::vector<std::string>& texts) { return fmt::format("{}", fmt::join(texts, ",")); }

}  // namespace

bool FilterOptions::is_empty() const { return filter_json(*this).empty(); }

Json filter_json(const FilterOptions& filter) {
  auto json = Json::object();
  if (!filter.statuses.empty()) json["status"] = joined(filter.statuses);
  if (!filter.templates.empty()) json["template"] = joined(filter.templates);
  if (!filter.brokers.empty()) json["broker"] = joined(filter.brokers);
  if (filter.is_connected) json["connected"] = *filter.is_connected;
  if (filter.is_flapping) json["flapping"] = *filter.is_flapping;
  if (filter.is_muted) json["muted"] = *filter.is_muted;
  if (!filter.search.empty()) json["q"] = filter.search;
  return json;
}

std::string filter_query(const FilterOptions& filter) {
  std::string query;
  const auto json = filter_json(filter);
  for (const auto& [name, value] : json.items()) {
    const auto text = value.is_string() ? value.get<std::string>() : value.dump();
    query += fmt::format("{}{}={}", query.empty() ? "" : "&", name, percent_encoded(text));
  }
  return query;
}

std::string filter_words(const FilterOptions& filter) {
  std::string words;
  const auto json = filter_json(filter);
  for (const auto& [name, value] : json.items()) {
    const std::string option = name == "q" ? "search" : name;
    if (!words.empty()) words += ' ';
    if (value.is_string()) {
      words += fmt::format("--{} {}", option, printable(value.get<std::string>()));
    } else {
      words += value.get<bool>() ? "--" + option : "--not-" + option;
    }
  }
  return words;
}

}  // namespace rollcall::cli
