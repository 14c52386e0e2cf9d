// SPDX-License-Identifier: Apache-2.0
// Where the configuration says otherwise than the store.
#include <algorithm>

#include <fmt/format.h>

#include "base/quoting.hpp"
#include "bridge/core/explain/explanation_parts.hpp"
#include "bridge/core/lifecycle/rules.hpp"
#include "bridge/core/lifecycle/status_payload.hpp"

namespace rollcall {
namespace {

/// The wait of a device that isn't connected, as the engine would restore it by the configuration of now.
std::optional<Wait> wait_by(const TemplateDefinition& definition, const Config& config,
                            const DeviceRecord& record) {
  std::optional<DeclaredStatus> declared;
  if (const auto& stored = record.declaration) {
    const auto is_its_broker = [&](const BrokerConfig& broker) { return broker.name == stored->broker; };
    if (std::any_of(config.brokers.begin(), config.brokers.end(), is_its_broker))
      declared = declared_status(definition, *stored);
  }
  return restored_wait(definition, record, declared);
}

/// "offline would come … (in 4m)"; nothing: it comes as it is stored.
std::optional<std::string> another_wait(const Explanation& it, const Config& config) {
  const auto& stored = it.record.wait;
  if (it.is_connected() || it.record.set) return std::nullopt;
  const auto wait = wait_by(*it.definition, config, it.record);
  if (!wait) return stored ? std::optional<std::string>("nothing would come next") : std::nullopt;
  const bool is_forgotten = wait->kind == WaitKind::forget;
  const std::string status = is_forgotten ? std::string() : it.definition->statuses[wait->status].key;
  if (stored && stored->status == status && stored->due == wait->due) return std::nullopt;
  return fmt::format("{} {}", is_forgotten ? "it would be forgotten" : status + " would come",
                     explanation::when(wait->due, it.now));
}

}  // namespace

std::vector<std::string> explanation::changed_since(
    const Explanation& it, const Config& config, const std::map<std::string, std::uint64_t>& fingerprints) {
  std::vector<std::string> changed;
  const auto& record = it.record;
  if (it.has_client && !it.rule) {
    changed.emplace_back("no rule of \"devices\" matches it now: its connections are no device's any more");
  } else if (it.rule && !it.rule->identity) {
    changed.emplace_back(
        "the rule that matches it now says \"ignore\": its connections are no device's any more");
  } else if (it.rule && it.rule->identity->device != it.device) {
    changed.push_back(fmt::format("by the rules of now its connection would be the device {}",
                                  in_quotes(it.rule->identity->device)));
  } else if (it.rule && it.rule->identity->template_name != record.template_name) {
    changed.push_back(fmt::format("by the rules of now it has the template {}, from its next contact on",
                                  in_quotes(it.rule->identity->template_name)));
  }
  if (it.definition == nullptr) {
    changed.push_back(
        fmt::format("the template {} is not in the configuration any more", in_quotes(record.template_name)));
    return changed;
  }
  const auto as_read = fingerprints.find(record.template_name);
  if (as_read != fingerprints.end() && as_read->second != fingerprint(*it.definition)) {
    changed.push_back(
        fmt::format("the template {} isn't as the bridge has read it: SIGHUP or a restart makes it read the "
                    "configuration anew",
                    in_quotes(record.template_name)));
  }
  if (!it.definition->find_status(record.status)) {
    changed.push_back(fmt::format("its template has no status {} any more", in_quotes(record.status)));
  }
  if (it.was_connected && record.last_end.cause && !it.is_connected() &&
      is_graceful(*it.definition, record.last_end) != record.last_end.graceful) {
    changed.push_back(fmt::format("by the template of now its last disconnect was {}graceful",
                                  record.last_end.graceful ? "not " : ""));
  }
  if (const auto wait = another_wait(it, config)) {
    changed.push_back(fmt::format("by the template of now {}", *wait));
  }
  return changed;
}

}  // namespace rollcall
