// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge/cli/subcommands.hpp"

namespace rollcall::cli {
namespace {

/// A folder with one rollcall.json, and what `rollcall check` says of it.
struct Check {
  std::filesystem::path folder = make_folder();
  std::string file = folder / "rollcall.json";
  std::ostringstream out, err;

  static std::filesystem::path make_folder() {
    std::string name = std::filesystem::temp_directory_path() / "rollcall-check-XXXXXX";
    BOOST_TEST_REQUIRE(mkdtemp(name.data()) != nullptr);
    return name;
  }
  Check() = default;
  Check(const Check&) = delete;
  Check& operator=(const Check&) = delete;
  ~Check() {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }

  void write(std::string_view text) const { std::ofstream(file, std::ios::binary) << text; }
  int run() { return run_check({file, false}, out, err); }
  int run_json() { return run_check({file, true}, out, err); }
  nlohmann::json json() const { return nlohmann::json::parse(out.str()); }
};

BOOST_FIXTURE_TEST_SUITE(check_suite, Check)

BOOST_AUTO_TEST_CASE(a_good_file_is_summed_up) {
  write("{}");
  BOOST_TEST(run() == kOk);
  BOOST_TEST(
      out.str() ==
      file +
          ": ok\n"
          "brokers: main (mqtt://127.0.0.1:1883)\n"
          "templates:\n"
          "  default: online → 1m → offline → 30d → inactive\n"
          "device rules: 3\n"
          "note: without \"devices\" every client is a device, and template \"default\" forgets none: if the "
          "broker lets anybody in, set forget_after on the last status of \"default\"\n");
  BOOST_TEST(err.str().empty());
}

BOOST_AUTO_TEST_CASE(a_missing_password_file_is_an_error) {
  write("{\"brokers\":[\n  {\"name\":\"a\",\n   \"password_file\":\"none\"}]}");
  const auto expected = file + ":3:20: brokers[0].password_file: can't open \"" + (folder / "none").string() +
                        "\": No such file or directory";
  BOOST_TEST(run() == kConfiguration);
  BOOST_TEST(out.str().empty());
  BOOST_TEST(err.str() == expected + "\n");
  BOOST_TEST(run_json() == kConfiguration);
  BOOST_TEST(json() == (nlohmann::json{{"ok", false}, {"error", expected}}));
}

BOOST_AUTO_TEST_CASE(what_is_likely_a_mistake_is_a_warning) {
  write(R"({"devices":[{"client_id":"dev#"}]})");
  BOOST_TEST(run() == kOk);
  BOOST_TEST(out.str().find("\nwarning: " + file + ":1:26: devices[0].client_id: \"dev#\" matches") !=
             std::string::npos);
  out.str({});
  BOOST_TEST(run_json() == kOk);
  BOOST_TEST(json()["warnings"].size() == 1U);
}

BOOST_AUTO_TEST_CASE(branches_and_keys_without_effect_are_shown) {
  write(
      R"({"http":{},"mirrors":[],"templates":{"t":{"on_graceful":{"status":"offline"},"ignore_blips":"5s","statuses":[
    {"status":"online"},{"status":"standby","after":"90s"},{"status":"offline","after":"1h"}]}}})");
  BOOST_TEST(run() == kOk);
  BOOST_TEST(out.str().find("  t: online → 1m30s → standby → 1h → offline\n"
                            "    first, when graceful: offline after 1h; when not: standby after 1m30s\n") !=
             std::string::npos);
  BOOST_TEST(out.str().find("\nnote: checked, but without effect in this version: mirrors\n") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_bad_file_is_one_line_on_standard_error) {
  write("{\n  \"status_qos\": 3\n}\n");
  BOOST_TEST(run() == kConfiguration);
  BOOST_TEST(out.str().empty());
  BOOST_TEST(err.str() == file + ":2:17: status_qos: must be a whole number from 0 to 2\n");
}

BOOST_AUTO_TEST_CASE(json_says_the_same_of_a_good_file) {
  write(R"({"brokers":[{"name":"a \"b\"","uri":"mqtt://h:1"}],"mirrors":[]})");
  BOOST_TEST(run_json() == kOk);
  BOOST_TEST(json() == nlohmann::json::parse(R"({"ok":true,
    "brokers":[{"name":"a \"b\"","uri":"mqtt://h:1"}],
    "templates":[{"name":"default","statuses":[{"status":"online","after":null},{"status":"offline","after":"1m"},
                                               {"status":"inactive","after":"30d"}]}],
    "device_rules":3,"not_in_this_version":["mirrors"],"warnings":[]})"));
  BOOST_TEST(out.str().ends_with("}\n"));
}

BOOST_AUTO_TEST_CASE(json_says_the_same_of_a_bad_file) {
  write("{\"a\":1}");
  BOOST_TEST(run_json() == kConfiguration);
  BOOST_TEST(json()["ok"] == false);
  BOOST_TEST(json()["error"].get<std::string>().starts_with(file + ":1:2: a: unknown key"));
  BOOST_TEST(err.str().empty());
}

BOOST_AUTO_TEST_CASE(a_file_that_is_not_there_is_said_so) {
  BOOST_TEST(run() == kConfiguration);
  BOOST_TEST(err.str() == file + ": No such file or directory\n");
}

BOOST_AUTO_TEST_CASE(a_folder_is_no_file) {
  std::filesystem::create_directory(file);
  BOOST_TEST(run() == kConfiguration);
  BOOST_TEST(err.str() == file + ": is a directory, not a configuration file\n");
}

BOOST_AUTO_TEST_CASE(a_file_without_end_is_given_up) {
  file = "/dev/zero";
  BOOST_TEST(run() == kConfiguration);
  BOOST_TEST(err.str() == "/dev/zero: has more than 16 MiB; that is no configuration\n");
}

BOOST_AUTO_TEST_CASE(a_pipe_that_nobody_writes_to_is_not_waited_for) {
  file = folder / "pipe";
  BOOST_TEST_REQUIRE(mkfifo(file.c_str(), 0600) == 0);
  BOOST_TEST(run() == kConfiguration);
  BOOST_TEST(err.str() == file + ": is no file, and did not come to its end within 2 s\n");
}

BOOST_AUTO_TEST_CASE(a_pipe_that_somebody_writes_to_is_read_to_its_end) {
  file = folder / "pipe";
  BOOST_TEST_REQUIRE(mkfifo(file.c_str(), 0600) == 0);
  std::thread writer([&] { write("{}"); });
  BOOST_TEST(run() == kOk);
  writer.join();
}

BOOST_AUTO_TEST_CASE(more_than_anybody_needs_is_refused_with_the_most_that_there_may_be) {
  const auto many = [](int count, const std::function<std::string(int)>& item) {
    std::string text;
    for (int i = 0; i < count; ++i) text += (i == 0 ? "" : ",") + item(i);
    return text;
  };
  const auto refuses = [&](const std::string& text, const std::string& why) {
    write(text);
    err.str({});
    BOOST_TEST(run() == kConfiguration);
    BOOST_TEST(err.str().find(why) != std::string::npos, err.str());
  };
  const auto rule = [](int i) { return "{\"client_id\":\"site-" + std::to_string(i) + "-{device}\"}"; };
  write("{\"devices\":[" + many(100'000, rule) + "]}");
  BOOST_TEST(run() == kOk);
  refuses("{\"devices\":[" + many(100'001, rule) + "]}",
          "devices: has 100001 rules; there may be 100000 at most");
  refuses("{\"templates\":{\"t\":{\"statuses\":[" + many(1001, [](int) { return "{}"; }) + "]}}}",
          "templates.t.statuses: has 1001 statuses; a template may have 1000 at most");
  refuses("{\"templates\":{" + many(1001, [](int i) { return "\"t" + std::to_string(i) + "\":{}"; }) + "}}",
          "templates: has 1001 templates; there may be 1000 at most");
  refuses("{\"brokers\":[" + many(101, [](int) { return "{}"; }) + "]}",
          "brokers: has 101 brokers; there may be 100 at most");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace rollcall::cli
