// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/pipeline/inbox.hpp"

#include <utility>

#include "bridge/core/lifecycle/clock_step.hpp"

namespace rollcall {

void Inbox::add(Entry entry) {
  if (std::holds_alternative<LinkDown>(entry.what)) ++link_downs_;
  entries_.push_back(std::move(entry));
}

Inbox::Entry Inbox::take() {
  Entry entry = std::move(entries_.front());
  entries_.pop_front();
  if (std::holds_alternative<LinkDown>(entry.what)) --link_downs_;
  return entry;
}

void Inbox::clear() {
  entries_.clear();
  link_downs_ = 0;
}

void Inbox::clock_stepped(Millis by) {
  for (Entry& entry : entries_) move_along(entry.at, by);
}

}  // namespace rollcall
