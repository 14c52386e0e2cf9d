// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/lifecycle/rules.hpp"

#include <algorithm>

namespace rollcall {

bool is_graceful(const TemplateDefinition& definition, Cause cause, bool will_sent) {
  if (cause == Cause::taken_over) return false;
  const auto& listed = definition.graceful_causes;
  if (!listed) return is_graceful_by_default(cause, will_sent);
  return std::find(listed->begin(), listed->end(), cause) != listed->end();
}

bool is_graceful(const TemplateDefinition& definition, const EndRecord& end) {
  // Where the table asks whether a will was sent, that is what made it ungraceful.
  return end.cause ? is_graceful(definition, *end.cause, !end.graceful) : end.graceful;
}

std::optional<Wait> first_wait(const TemplateDefinition& definition, std::size_t status,
                               const LastHeard& heard, const std::optional<DeclaredStatus>& declared,
                               Time not_before) {
  const auto& statuses = definition.statuses;
  Branch branch = heard.graceful ? definition.on_graceful : definition.on_non_graceful;
  if (declared) {
    branch = Branch{declared->status, Millis{0}};
  } else if (branch.status <= status) {
    const std::size_t next = status + 1;
    if (next >= statuses.size())
      return next_wait(definition, status, heard.at, declared, not_before, /*by_operator=*/false);
    branch = Branch{next, statuses[next].after};
  }
  const Time due = heard.at + std::max(Millis{0}, branch.after - heard.silence);
  return Wait{WaitKind::first, static_cast<std::uint32_t>(branch.status), std::max(due, not_before), heard.at,
              not_before};
}

std::optional<Wait> next_wait(const TemplateDefinition& definition, std::size_t status, Time began,
                              const std::optional<DeclaredStatus>& declared, Time not_before,
                              bool by_operator) {
  const auto& statuses = definition.statuses;
  const auto wait_for = [&](WaitKind kind, std::size_t to, Millis after) {
    return Wait{
        kind,       static_cast<std::uint32_t>(to), std::max(began + after, not_before), began, not_before,
        by_operator};
  };
  const std::size_t next = status + 1;
  if (next < statuses.size()) {
    const bool is_declared = declared && declared->status == status && !by_operator;
    return wait_for(WaitKind::next, next,
                    is_declared ? declared->wait.value_or(statuses[next].after) : statuses[next].after);
  }
  if (const auto after = statuses.back().forget_after) return wait_for(WaitKind::forget, status, *after);
  return std::nullopt;
}

std::optional<Wait> late_wait(const TemplateDefinition& definition, Time heard) {
  if (!definition.report_every || !definition.on_late) return std::nullopt;
  const Millis patience = *definition.report_every + definition.report_grace.value_or(Millis{0});
  return Wait{WaitKind::late, static_cast<std::uint32_t>(*definition.on_late), heard + patience, heard};
}

std::optional<Wait> restored_wait(const TemplateDefinition& definition, const DeviceRecord& record,
                                  const std::optional<DeclaredStatus>& declared) {
  const auto& wait = record.wait;
  const auto& end = record.last_end;
  const auto status = definition.find_status(record.status);
  // Nothing comes next for it but what an operator's time has begun.
  if (record.is_only_registered() && (!wait || !status)) return std::nullopt;
  const Time not_before = wait ? wait->not_before : Time::min();
  const bool is_first = wait ? wait->kind == WaitKind::first : status == kOnline;
  if (is_first || !status) {
    return first_wait(definition, status.value_or(kOnline),
                      {is_graceful(definition, end),
                       wait && wait->kind == WaitKind::first ? wait->began
                       : end.at == Time::min()               ? record.latest
                                                             : end.at,
                       end.silence},
                      declared, not_before);
  }
  return next_wait(definition, *status, wait ? wait->began : record.since, declared, not_before,
                   wait && wait->by_operator);
}

std::optional<DeclaredStatus> declared_status(const TemplateDefinition& definition,
                                              const DeclarationRecord& record) {
  const auto status = definition.find_status(record.status);
  if (!status) return std::nullopt;
  return DeclaredStatus{*status, record.wait};
}

std::optional<Wait> operator_wait(const TemplateDefinition& definition, std::size_t status,
                                  std::optional<Time> until, Time last_end) {
  const std::size_t next = status + 1;
  if (!until || next >= definition.statuses.size()) return std::nullopt;
  return Wait{WaitKind::next,      static_cast<std::uint32_t>(next), std::max(*until, last_end), *until,
              Time::min(),
              /*by_operator=*/true};
}

}  // namespace rollcall
