// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "bridge/adapters/sqlite/sqlite_store.hpp"
#include "bridge/cli/subcommands.hpp"

namespace rollcall::cli {
namespace {

/// A folder with a configuration and, once something is written, a store that a bridge has.
struct Explain {
  std::filesystem::path folder = make_folder();
  std::string config_file = folder / "rollcall.json", store_file = folder / "rollcall.db";
  std::ostringstream out, err;
  std::promise<Result<void>> written;
  std::unique_ptr<SqliteStore> store;

  static std::filesystem::path make_folder() {
    std::string name = std::filesystem::temp_directory_path() / "rollcall-explain-XXXXXX";
    BOOST_TEST_REQUIRE(mkdtemp(name.data()) != nullptr);
    return name;
  }
  Explain() { std::ofstream(config_file) << "{}"; }
  Explain(const Explain&) = delete;
  Explain& operator=(const Explain&) = delete;
  ~Explain() {
    store.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }

  static Time at(int second) { return Time{Seconds{1'795'305'600 + second}}; }

  void write_pump() {
    store = std::move(SqliteStore::open(store_file, [this](Result<void> result) {
                        written.set_value(std::move(result));
                      }).value());
    StoreBatch batch;
    DeviceRecord pump;
    pump.device = "pump-7";
    pump.template_name = "default";
    pump.status = "online";
    pump.since = pump.last_seen = pump.heard = pump.published_last_seen = pump.latest = at(0);
    pump.connections = {{"main", 1, 1, "pump-7", "", "192.0.2.7", Seconds{60}, std::nullopt}};
    batch.devices = {pump};
    batch.rows = {
        {1, "pump-7", at(0), "", "online", "transition", "connect", {}, "main", "pump-7", "192.0.2.7"}};
    store->begin_write(std::make_shared<const StoreBatch>(std::move(batch)));
    BOOST_TEST_REQUIRE(written.get_future().get().has_value());
  }

  int run(const std::string& device = "pump-7", bool json = false) {
    return run_explain({device, config_file, json}, at(90), out, err);
  }
};

BOOST_FIXTURE_TEST_SUITE(explain_suite, Explain)

BOOST_AUTO_TEST_CASE(a_device_is_explained_while_the_bridge_has_the_store) {
  write_pump();
  BOOST_TEST(run() == kOk);
  BOOST_TEST(err.str().empty());
  BOOST_TEST(out.str().starts_with(
      "\"pump-7\"\n"
      "  status      online since 2026-11-22T00:00:00.000Z (1m30s ago)\n"
      "  why         it connected (client id \"pump-7\", address 192.0.2.7)\n"
      "  connected   yes: broker \"main\", client id \"pump-7\", address 192.0.2.7, keepalive 60 s\n"));
}

BOOST_AUTO_TEST_CASE(json_is_one_object) {
  write_pump();
  BOOST_TEST(run("pump-7", true) == kOk);
  const auto json = nlohmann::json::parse(out.str());
  BOOST_TEST(json["status"] == "online");
  BOOST_TEST(json["connections"][0]["address"] == "192.0.2.7");
  BOOST_TEST(out.str().ends_with("}\n"));
}

BOOST_AUTO_TEST_CASE(an_unknown_device_is_a_mistake_of_the_caller) {
  write_pump();
  BOOST_TEST(run("pump-8") == kUsage);
  BOOST_TEST(err.str() == "rollcall explain: no device is known as \"pump-8\"; did you mean \"pump-7\"?\n");
  BOOST_TEST(out.str().empty());
}

BOOST_AUTO_TEST_CASE(without_a_store_there_is_nothing_to_say) {
  BOOST_TEST(run() == kUnavailable);
  BOOST_TEST(err.str() == "rollcall explain: the store \"" + store_file +
                              "\" isn't there yet: a bridge makes it when it starts for the first time\n");
  BOOST_TEST(!std::filesystem::exists(store_file));
}

BOOST_AUTO_TEST_CASE(a_bad_configuration_is_said_so) {
  std::ofstream(config_file) << "{";
  BOOST_TEST(run() == kConfiguration);
  BOOST_TEST(err.str().starts_with("rollcall explain: " + config_file + ":1:"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace rollcall::cli
