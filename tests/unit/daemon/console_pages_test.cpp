// SPDX-License-Identifier: Apache-2.0
#include "bridge/daemon/console_pages.hpp"

#include <algorithm>
#include <string>

#include <boost/test/unit_test.hpp>

namespace rollcall {
namespace {

std::string header(const HttpResponse& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

BOOST_AUTO_TEST_SUITE(console_pages)

BOOST_AUTO_TEST_CASE(a_file_whose_name_has_a_hash_is_kept_for_a_year) {
  const auto answer = console_answer({"assets/index-1f3a.js", "text/javascript", "1", true});
  BOOST_TEST(header(answer, "Cache-Control") == "public, max-age=31536000, immutable");
  BOOST_TEST(answer.content_type == "text/javascript");
  BOOST_TEST(answer.body == "1");
}

BOOST_AUTO_TEST_CASE(the_page_is_asked_for_again_each_time) {
  const auto answer = console_answer({"index.html", "text/html; charset=utf-8", "<p>", false});
  BOOST_TEST(header(answer, "Cache-Control") == "no-cache");
  BOOST_TEST(answer.has_etag);
}

BOOST_AUTO_TEST_CASE(no_page_may_run_a_script_that_stands_in_it) {
  const auto policy =
      header(console_answer({"index.html", "text/html", "", false}), "Content-Security-Policy");
  BOOST_TEST(policy.find("default-src 'none'; script-src 'self'; style-src 'self';") == 0U);
  BOOST_TEST(policy.find("unsafe") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_base_path_without_its_last_slash_goes_on_to_the_page) {
  BOOST_TEST(console_redirect("/rollcall") == "rollcall/");
  BOOST_TEST(console_redirect("/of/rollcall?x=/") == "rollcall/?x=/");
  BOOST_TEST(console_redirect("//elsewhere") == "elsewhere/");
  BOOST_TEST(console_redirect("/rollcall/") == "");
  BOOST_TEST(console_redirect("/?x") == "");
}

BOOST_AUTO_TEST_CASE(the_program_has_the_page_and_what_the_page_names) {
  const auto files = console_files();
  if (files.empty()) return;  // built without the console
  const auto page = std::find_if(files.begin(), files.end(),
                                 [](const ConsoleFile& file) { return file.path == "index.html"; });
  BOOST_REQUIRE(page != files.end());
  BOOST_TEST(!page->is_immutable);
  for (const ConsoleFile& file : files) {
    if (!file.is_immutable) continue;
    BOOST_TEST_CONTEXT(file.path) {
      BOOST_TEST(page->bytes.find(file.path) != std::string_view::npos);
      BOOST_TEST(!file.bytes.empty());
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace rollcall
