// SPDX-License-Identifier: Apache-2.0
#include "plugin/placeholder.hpp"

namespace rollcall::plugin {

void Placeholder::publish() {
  if (!stream_.is_listening() || (tracker_.is_settled() && !stream_.has_unsent())) return;
  // Messages sent meanwhile are behind the placeholder: later events mustn't overtake them.
  if (is_under_way_ && sent_before_it_ == stream_.sent_count()) return;
  ++number_;
  sent_before_it_ = stream_.sent_count();
  events_.reset();
  is_under_way_ = broker_.publish(stream_.topic(), payload(), 0, false);
}

OutgoingMessage Placeholder::outgoing(std::string_view topic, std::string_view payload_of_it) {
  if (topic != stream_.topic()) return {};
  constexpr OutgoingMessage kDropped{OutgoingMessage::Action::drop};
  if (payload_of_it != payload()) return kDropped;  // an older one
  if (is_under_way_) {
    is_under_way_ = false;
    tracker_.settle();
    if (sent_before_it_ == stream_.sent_count()) events_ = stream_.take_message();
  }
  return events_ ? OutgoingMessage{OutgoingMessage::Action::replace, *events_} : kDropped;
}

}  // namespace rollcall::plugin
