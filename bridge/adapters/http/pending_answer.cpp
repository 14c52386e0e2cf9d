// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/http/pending_answer.hpp"

#include "bridge/core/http/problem.hpp"

namespace rollcall {

PendingAnswer::~PendingAnswer() { give(problem(500, "The bridge has no answer to this.")); }

void PendingAnswer::give(HttpResponse response) {
  if (is_given_.exchange(true)) return;
  mailbox_->post([take = std::move(take_), response = std::move(response)] { take(response); });
}

}  // namespace rollcall
