// SPDX-License-Identifier: Apache-2.0
// Reads the parameters of a query and the members of a JSON body: each once, of its type, and no unknown
// ones. The first mistake becomes the answer. Pure.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/time.hpp"
#include "bridge/core/http/problem.hpp"
#include "bridge/core/http/target.hpp"

namespace rollcall {

/// The query of a target. Readers return empty where a parameter isn't there or is wrong.
class QueryParameters {
 public:
  /// Both must outlive this. A parameter that isn't `known` is a mistake.
  QueryParameters(const RequestTarget& target, std::initializer_list<std::string_view> known);

  std::optional<std::string> text(const std::string& name);
  std::optional<bool> boolean(const std::string& name);
  std::optional<std::uint64_t> number(const std::string& name, std::uint64_t least, std::uint64_t most);
  std::optional<Millis> duration(const std::string& name);
  std::optional<Time> time(const std::string& name);       ///< RFC 3339
  std::vector<std::string> list(const std::string& name);  ///< separated by commas
  void refuse(const std::string& name, std::string_view what_is_right);

  bool is_good() const { return !problem_; }
  /// Only if it isn't good.
  HttpResponse problem() { return *std::move(problem_); }

 private:
  const RequestTarget& target_;
  std::optional<HttpResponse> problem_;
};

/// The body of a request, one JSON object.
class JsonBody {
 public:
  /// An empty body counts as `{}`.
  JsonBody(const HttpRequest& request, std::initializer_list<std::string_view> known);
  /// An object within a body: `pointer` is its own.
  JsonBody(nlohmann::json object, std::string pointer, std::initializer_list<std::string_view> known);

  std::optional<std::string> text(const char* name);
  std::optional<bool> boolean(const char* name);
  std::optional<std::uint64_t> number(const char* name);
  std::optional<Millis> duration(const char* name);
  std::optional<nlohmann::json> object(const char* name);
  bool has(const char* name) const { return object_.contains(name); }
  void need(const char* name);
  void refuse(std::string_view name, std::string detail, int status = 422);

  bool is_good() const { return !problem_; }
  HttpResponse problem() { return *std::move(problem_); }

 private:
  void begin(std::initializer_list<std::string_view> known);

  nlohmann::json object_ = nlohmann::json::object();
  std::string pointer_;
  std::optional<HttpResponse> problem_;
};

/// Returns the time of an RFC 3339 text with any offset; empty if it is none.
std::optional<Time> parse_rfc3339(std::string_view text);

}  // namespace rollcall
