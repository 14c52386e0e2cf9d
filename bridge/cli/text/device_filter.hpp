// SPDX-License-Identifier: Apache-2.0
// The filters of the list of devices as the command line has them. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bridge/cli/text/json_members.hpp"

namespace rollcall::cli {

/// Empty: whatever it is. Each text is one name, or several separated by commas.
struct FilterOptions {
  std::vector<std::string> statuses, templates, brokers;
  std::optional<bool> is_connected, is_flapping, is_muted;
  std::string search;
  bool is_empty() const;
};

/// Returns it as parameters of a query: "status=offline&q=pump"; empty for no filter.
std::string filter_query(const FilterOptions& filter);

/// Returns it as the object "filter" of a body.
Json filter_json(const FilterOptions& filter);

/// Returns it as people typed it: "--status offline".
std::string filter_words(const FilterOptions& filter);

}  // namespace rollcall::cli
