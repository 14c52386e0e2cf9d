// SPDX-License-Identifier: Apache-2.0
// Where the configuration says otherwise than the store.
#include <algorithm>

#include <fmt/format.h>

#include "base/quoting.hpp"
#include "bridge/core/explain/explanation_parts.hpp"
#include "bridge/core/lifecycle/projection.hpp"

namespace rollcall {
namespace {

/// The wait as it would be by the template of now; nothing: none, or it can't be said.
std::optional<NextStep> next_by_template(const Explanation& it) {
  const auto& record = it.record;
  const auto& wait = record.wait;
  if (it.definition == nullptr || !wait || wait->by_operator) return std::nullopt;
  const auto& statuses = it.definition->statuses;
  const auto status = it.definition->find_status(record.status);
  if (!status) return std::nullopt;
  const auto& declared = record.declaration;
  const auto& end = record.last_end;
  if (wait->kind == WaitKind::first) {
    Branch branch = end.graceful ? it.definition->on_graceful : it.definition->on_non_graceful;
    if (declared) return std::nullopt;
    if (branch.status <= *status) {
      if (*status + 1 >= statuses.size()) return std::nullopt;
      branch = Branch{*status + 1, statuses[*status + 1].after};
    }
    const Time due = end.at + std::max(Millis{0}, branch.after - end.silence);
    return NextStep{NextStep::Kind::first, statuses[branch.status].key, std::max(due, wait->not_before)};
  }
  const std::size_t next = *status + 1;
  if (wait->kind != WaitKind::next || next >= statuses.size()) return std::nullopt;
  const auto after = declared && declared->status == record.status
                         ? declared->wait.value_or(statuses[next].after)
                         : statuses[next].after;
  return NextStep{NextStep::Kind::next, statuses[next].key, std::max(wait->began + after, wait->not_before)};
}

}  // namespace

bool explanation::is_graceful_by(const TemplateDefinition& definition, const EndRecord& end) {
  return end.cause != Cause::taken_over && definition.is_graceful(*end.cause, !end.graceful);
}

std::vector<std::string> explanation::changed_since(
    const Explanation& it, const std::map<std::string, std::uint64_t>& fingerprints) {
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
      explanation::is_graceful_by(*it.definition, record.last_end) != record.last_end.graceful) {
    changed.push_back(fmt::format("by the template of now its last disconnect was {}graceful",
                                  record.last_end.graceful ? "not " : ""));
  }
  const auto by_template = next_by_template(it);
  const bool differs =
      by_template && (by_template->status != record.wait->status || by_template->at != record.wait->due);
  if (differs) {
    changed.push_back(fmt::format("by the template of now {} would come {}", by_template->status,
                                  explanation::when(by_template->at, it.now)));
  }
  return changed;
}

}  // namespace rollcall
