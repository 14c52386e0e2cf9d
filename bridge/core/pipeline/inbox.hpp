// SPDX-License-Identifier: Apache-2.0
// What has come of a link to a broker and waits its turn, in order: the bridge hasn't worked off yet what
// came before it.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <variant>

#include "base/time.hpp"

namespace rollcall {

/// Pure. Not thread safe. Holds at most what the broker has sent since.
class Inbox {
 public:
  struct Message {
    std::string bytes;
  };
  struct LinkUp {
    std::size_t max_packet_bytes = 0;
  };
  struct LinkDown {};
  struct Entry {
    Time at;  ///< when it came
    std::variant<Message, LinkUp, LinkDown> what;
  };

  bool is_empty() const { return entries_.empty(); }
  void add(Entry entry);
  /// The oldest one. Not of an empty one.
  Entry take();
  void clear();

  /// True while the end of the link waits: nothing that is sent before its turn can arrive.
  bool has_link_down() const { return link_downs_ > 0; }

  /// The wall clock was set by `by`.
  void clock_stepped(Millis by);

 private:
  std::deque<Entry> entries_;
  std::size_t link_downs_ = 0;
};

}  // namespace rollcall
