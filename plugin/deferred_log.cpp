// SPDX-License-Identifier: Apache-2.0
#include "plugin/deferred_log.hpp"

namespace rollcall::plugin {

void DeferredLog::log(LogLevel level, const std::string& line) {
  constexpr std::size_t kMaxLines = 100;
  if (lines_.size() < kMaxLines) lines_.emplace_back(level, line);
}

void DeferredLog::write() {
  if (lines_.empty()) return;  // as in nearly every turn; exchange() would allocate even then
  for (auto lines = std::exchange(lines_, {}); const auto& [level, line] : lines) broker_.log(level, line);
}

}  // namespace rollcall::plugin
