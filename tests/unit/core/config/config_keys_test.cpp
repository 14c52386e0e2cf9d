// SPDX-License-Identifier: Apache-2.0
// That the table of keys, the parser and the types that it fills say the same.
#include <algorithm>
#include <fstream>
#include <set>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "bridge/core/config/config_parser.hpp"
#include "bridge/core/config/config_tables.hpp"

namespace rollcall {
namespace {

nlohmann::json every_key() {
  std::ifstream file(ROLLCALL_SOURCE_DIR "/tests/golden/config/every_key.json");
  return nlohmann::json::parse(file, nullptr, true, true);
}

/// The keys of all objects at a path such as "templates.NAME.statuses[]".
std::set<std::string> keys_at(const nlohmann::json& root, std::string path) {
  std::vector<nlohmann::json> places{root};
  while (!path.empty()) {
    const auto dot = std::min(path.find('.'), path.size());
    auto step = path.substr(0, dot);
    path.erase(0, dot + 1);
    const bool is_array = step.ends_with("[]");
    if (is_array) step.erase(step.size() - 2);
    std::vector<nlohmann::json> next;
    for (const auto& place : places) {
      if (!place.is_object()) continue;
      for (const auto& [key, value] : place.items()) {
        if (step != "NAME" && step != key) continue;
        if (is_array) {
          next.insert(next.end(), value.begin(), value.end());
        } else {
          next.push_back(value);
        }
      }
    }
    places = next;
  }
  std::set<std::string> keys;
  for (const auto& place : places) {
    if (!place.is_object()) continue;
    for (const auto& [key, value] : place.items()) keys.insert(key);
  }
  return keys;
}

BOOST_AUTO_TEST_SUITE(config_keys_suite)

BOOST_AUTO_TEST_CASE(the_file_with_every_key_has_every_key_of_the_table) {
  const auto file = every_key();
  for (const auto* section : kConfigSections) {
    const auto present = keys_at(file, std::string(section->path));
    for (const auto& key : section->keys) {
      const bool is_branch = section == &kBranchKeys;  // those of on_non_graceful have both
      const auto there = is_branch ? keys_at(file, "templates.NAME.on_non_graceful") : present;
      BOOST_TEST(there.contains(std::string(key.name)), section->path << " " << key.name);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_row_has_what_its_type_needs) {
  for (const auto* section : kConfigSections) {
    std::set<std::string_view> names;
    for (const auto& key : section->keys) {
      BOOST_TEST_CONTEXT(section->path << " " << key.name) {
        using Type = ConfigKey::Type;
        const bool has_limit =
            key.type == Type::whole_number || key.type == Type::text || key.type == Type::long_text;
        BOOST_TEST(names.insert(key.name).second);
        BOOST_TEST(!key.meaning.empty());
        BOOST_TEST((key.most > key.least) == has_limit);
        if (key.type == Type::one_of) BOOST_TEST((key.names != nullptr));
        BOOST_TEST((!key.is_required || key.fallback.empty()));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(an_empty_file_gives_what_an_empty_configuration_is) {
  const Config parsed = parse_config("{}", "r.json").value();
  const Config made;
  BOOST_TEST((parsed.brokers == made.brokers));
  BOOST_TEST(parsed.store_path == made.store_path);
  BOOST_TEST((parsed.timeline_retention == made.timeline_retention));
  BOOST_TEST(parsed.http.listen == made.http.listen);
  BOOST_TEST(parsed.topic_prefix == made.topic_prefix);
  BOOST_TEST(parsed.status_qos == made.status_qos);
  BOOST_TEST((parsed.outage_grace == made.outage_grace));
  BOOST_TEST(parsed.reporters.empty());
  BOOST_TEST(parsed.not_yet_used.empty());
}

BOOST_AUTO_TEST_CASE(a_status_that_says_nothing_is_as_a_definition_is) {
  const auto parsed =
      parse_config(
          R"({"templates":{"t":{"statuses":[{"status":"online"},{"status":"offline","after":"1m"}]}}})",
          "r.json")
          .value();
  const auto& definition = *parsed.find_template("t");
  const StatusDefinition made;
  const auto& status = definition.statuses[1];
  BOOST_TEST((status.interaction == made.interaction));
  BOOST_TEST((status.commands == made.commands));
  BOOST_TEST(status.message == "Device is Offline");
  BOOST_TEST(status.timeline == made.timeline);
  BOOST_TEST(!status.notify);
  BOOST_TEST(definition.online_on_report == TemplateDefinition().online_on_report);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace rollcall
