// SPDX-License-Identifier: Apache-2.0
// What a diagram of a template shows besides its statuses, in words, for both formats. Private to
// diagram.hpp.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "bridge/core/lifecycle/template.hpp"

namespace rollcall {

struct DiagramEdge {
  enum class Kind { wait, late, forget };

  Kind kind = Kind::wait;
  std::size_t from = 0, to = 0;  ///< indices into statuses; the target of `forget` is one beyond the last
  std::vector<std::string>
      phrase;  ///< what must happen and how long it takes: {"disconnect,", "then 1m"}, {"30d"}
};

/// The first waits come first, then the chain, what is late, and forgetting.
std::vector<DiagramEdge> diagram_edges(const TemplateDefinition& definition);

/// What leads back to online from everywhere.
std::string way_back(const TemplateDefinition& definition);

/// The whole in sentences, for those who don't see the picture.
std::string diagram_description(const TemplateDefinition& definition);

}  // namespace rollcall
