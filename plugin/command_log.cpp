// SPDX-License-Identifier: Apache-2.0
#include "plugin/command_log.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace rollcall::plugin {
namespace {

constexpr std::size_t kMaxBytesAtOnce = 256UL * 1024;

}  // namespace

std::size_t CommandLog::Command::bytes() const {
  constexpr std::size_t kNodes = 480;  // map and hash nodes, string headers: rounded up
  return kNodes + device.size() + client_id.size() + 2 * topic.size() + payload.size() + properties.size();
}

void CommandLog::note(std::string_view device, std::string_view client_id, const CommandMessage& message,
                      Millis at, RateLimit& of_publisher) {
  if (message.bytes() > kMaxCommandBytes || of_publisher.next(kCommandRate, at) > at) {
    ++dropped_;
    return;
  }
  of_publisher.take(kCommandRate, at);
  const auto [place, is_new] = unsettled_.try_emplace(std::string(message.topic));
  auto& command = place->second;
  if (!is_new) bytes_ -= command.bytes();
  command = {std::string(device),
             std::string(client_id),
             std::string(message.topic),
             std::string(message.payload),
             std::string(message.properties),
             message.qos,
             message.expires_after,
             at};
  bytes_ += command.bytes();
  bound();
}

void CommandLog::read(std::string_view client_id, std::string_view topic) {
  const auto command = unsettled_.find(topic);
  if (command != unsettled_.end() && command->second.client_id == client_id) command->second.is_passed = true;
}

void CommandLog::settle(Millis now) {
  std::vector<Command> done;
  for (auto each = unsettled_.begin(); each != unsettled_.end();) {
    const auto& command = each->second;
    const bool is_due = command.qos < 2 || command.is_passed || now - command.at >= kReleasedWithin;
    if (is_due) {
      bytes_ -= command.bytes();
      done.push_back(std::move(each->second));
    }
    each = is_due ? unsettled_.erase(each) : std::next(each);
  }
  std::stable_sort(done.begin(), done.end(),
                   [](const Command& one, const Command& other) { return one.at < other.at; });
  for (auto& command : done) {
    if (const auto older = number_of_.find(command.topic); older != number_of_.end())
      forget(settled_.find(older->second));
    if (command.is_passed) command.payload.clear();
    bytes_ += command.bytes();
    const auto place = settled_.emplace_hint(settled_.end(), ++last_number_, std::move(command));
    number_of_.emplace(place->second.topic, place->first);
  }
  bound();
}

void CommandLog::emit(const Emit& emit) {
  std::size_t bytes = 0;
  auto next = settled_.upper_bound(emitted_);
  for (; next != settled_.end() && bytes < kMaxBytesAtOnce; ++next) {
    const auto& [number, command] = *next;
    emit({number,
          command.at,
          command.device,
          command.is_passed,
          {command.topic, command.payload, command.qos, command.expires_after, command.properties}});
    bytes += command.bytes();
    emitted_ = number;
  }
  if (next == settled_.end()) emitted_ = last_number_;
}

void CommandLog::kept(std::uint64_t through, bool again) {
  while (!settled_.empty() && settled_.begin()->first <= through) forget(settled_.begin());
  if (again) emitted_ = std::min(through, last_number_);
}

void CommandLog::forget(Settled::iterator command) {
  bytes_ -= command->second.bytes();
  number_of_.erase(command->second.topic);
  settled_.erase(command);
}

void CommandLog::bound() {
  while (count() > kMaxLoggedCommands || bytes_ > kMaxLoggedCommandBytes) {
    ++dropped_;
    if (!settled_.empty()) {
      forget(settled_.begin());
      continue;
    }
    bytes_ -= unsettled_.begin()->second.bytes();
    unsettled_.erase(unsettled_.begin());
  }
}

}  // namespace rollcall::plugin
