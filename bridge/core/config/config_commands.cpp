// SPDX-License-Identifier: Apache-2.0
// Topics of commands, and what is kept of them.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/quoting.hpp"
#include "bridge/core/config/config_sections.hpp"

namespace rollcall {
namespace {

/// A topic of Rollcall's own that this one can be; empty: none.
std::string own_topic_in(const CommandTopic& topic, const std::string& prefix) {
  constexpr std::array kBelow{"status/#",   "timeline/#", "notify/#",  "fleet/#",
                              "incident/#", "bridge/#",   "declare/#", "report/#"};
  for (const auto* below : kBelow) {
    auto filter = prefix + "/" + below;
    if (topic.overlaps_filter(filter)) return filter;
  }
  return {};
}

}  // namespace

void CommandTopicReader::read(const std::string& template_name, const ConfigValue& value) {
  for (const auto& item : value.items()) {
    const auto text = item.text(kMaxMqttTextBytes);
    if (!text) continue;
    auto topic = CommandTopic::parse(*text);
    if (!topic) {
      item.refuse(fmt::format("{} {}", in_quotes(*text), topic.error().message));
      continue;
    }
    places_.push_back({template_name, item, *std::move(topic)});
  }
}

void CommandTopicReader::finish(Config& config) const {
  auto& topics = config.commands.topics;
  for (const auto& [template_name, value, topic] : places_) {
    if (const auto own = own_topic_in(topic, config.topic_prefix); !own.empty()) {
      value.refuse(fmt::format("{} can be one of Rollcall's own topics, {}: begin with another level",
                               in_quotes(topic.text()), in_quotes(own)));
      continue;
    }
    const auto unclear =
        std::find_if(topics.begin(), topics.end(), [&topic = topic](const CommandTopic& other) {
          return other.device_level() != topic.device_level() && other.overlaps(topic);
        });
    if (unclear != topics.end()) {
      value.refuse(
          fmt::format("one topic can be of {} and of {}, with the device in different levels: let "
                      "them differ in a level without wildcards",
                      in_quotes(topic.text()), in_quotes(unclear->text())));
      continue;
    }
    auto known = std::find(topics.begin(), topics.end(), topic);
    if (known == topics.end()) {
      if (topics.size() >= kMaxCommandTopics) {
        value.refuse(
            fmt::format("all templates together may have {} different topics at most", kMaxCommandTopics));
        return;
      }
      known = topics.insert(topics.end(), topic);
    }
    config.commands.templates[template_name] |= std::uint64_t{1} << (known - topics.begin());
  }
}

void read_command_queue(const ConfigValue& value, Config& config) {
  auto& queue = config.commands.queue;
  const auto read_size = [](const ConfigValue& each, std::size_t& to) {
    if (const auto number = each.whole_number()) to = static_cast<std::size_t>(*number);
  };
  value.read_object<kCommandQueueKeys>({
      {"topics", [&](const ConfigValue& each) { read_size(each, queue.topics); }},
      {"bytes", [&](const ConfigValue& each) { read_size(each, queue.bytes); }},
      {"keep", [&](const ConfigValue& each) { assign(queue.keep, each.duration()); }},
  });
}

}  // namespace rollcall
