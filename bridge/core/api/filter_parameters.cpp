// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/api/filter_parameters.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/lower_case.hpp"
#include "base/quoting.hpp"

namespace rollcall {
namespace {

constexpr std::size_t kMaxPartBytes = 1024;

/// In a body a list may be one, too.
std::vector<std::string> list_of(QueryParameters& query, const char* name) { return query.list(name); }

std::vector<std::string> list_of(JsonBody& body, const char* name) {
  const auto value = body.text(name);
  if (!value) return {};
  RequestTarget target;
  target.query.emplace(name, *value);
  QueryParameters query(target, {name});
  auto items = query.list(name);
  if (!query.is_good()) body.refuse(name, "has an empty item");
  return items;
}

template <typename Source>
std::vector<std::string> names_of(Source& source, const char* name, const std::vector<std::string>& known) {
  auto items = list_of(source, name);
  for (const std::string& item : items) {
    if (std::find(known.begin(), known.end(), item) != known.end()) continue;
    const std::vector<std::string_view> names(known.begin(), known.end());
    const auto meant = nearest(item, names);
    source.refuse(name, fmt::format("has {}, which isn't configured; {}", in_quotes(item),
                                    meant ? "was " + in_quotes(*meant) + " meant?"
                                          : "there are " + quoted_list(names)));
  }
  return items;
}

template <typename Source>
DeviceFilter read(Source& source, const FilterNames& names) {
  DeviceFilter filter;
  for (auto& status : names_of(source, "status", names.statuses)) filter.statuses.insert(std::move(status));
  for (auto& name : names_of(source, "template", names.templates)) filter.templates.insert(std::move(name));
  for (const auto& broker : names_of(source, "broker", names.brokers)) {
    const auto found = std::find(names.brokers.begin(), names.brokers.end(), broker);
    filter.brokers.insert(static_cast<std::uint32_t>(found - names.brokers.begin()));
  }
  filter.connected = source.boolean("connected");
  filter.flapping = source.boolean("flapping");
  filter.muted = source.boolean("muted");
  const auto part = source.text("q");
  if (part && part->size() > kMaxPartBytes)
    source.refuse("q", fmt::format("has more than {} bytes", kMaxPartBytes));
  filter.part = lower_case(part.value_or(""));
  return filter;
}

}  // namespace

DeviceFilter read_filter(QueryParameters& query, const FilterNames& names) { return read(query, names); }

DeviceFilter read_filter(JsonBody& body, const FilterNames& names) { return read(body, names); }

}  // namespace rollcall
