// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/simulate/scenario_printer.hpp"

#include <variant>

#include "base/json_text.hpp"

namespace rollcall {

void ScenarioPrinter::print(const Effects& effects) {
  for (const Effect& effect : effects) {
    const auto* added = std::get_if<RowAdded>(&effect);
    if (added != nullptr && added->row.kind == "transition") print(added->row);
  }
}

void ScenarioPrinter::print(const TimelineRow& row) {
  const Time time = row.at - clock_ahead_;
  const std::string at = format_scenario_time(time, form_, with_millis_, before_);
  before_ = time;
  if (!json_) {
    text_.append(at).append(" ").append(row.to).append(" ").append(row.cause).append("\n");
    return;
  }
  text_ += "{\"at\":";
  append_json_string(text_, at);
  text_ += ",\"status\":";
  append_json_string(text_, row.to);
  text_ += ",\"cause\":";
  append_json_string(text_, row.cause);
  text_ += "}\n";
}

}  // namespace rollcall
