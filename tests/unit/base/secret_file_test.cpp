// SPDX-License-Identifier: Apache-2.0
#include "base/secret_file.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <boost/test/unit_test.hpp>
#include <sys/stat.h>
#include <unistd.h>

using namespace rollcall;

namespace {

struct Folder {
  std::string path = [] {
    std::string name = std::filesystem::temp_directory_path() / "rollcall-secret-XXXXXX";
    return std::string(::mkdtemp(name.data()));
  }();
  ~Folder() { std::filesystem::remove_all(path); }

  std::string file(const std::string& text, mode_t mode = 0600) const {
    const auto name = path + "/secret";
    std::ofstream(name, std::ios::binary | std::ios::trunc) << text;
    ::chmod(name.c_str(), mode);
    return name;
  }
  std::string error_of(const std::string& text, mode_t mode = 0600) const {
    const auto secret = read_secret_file(file(text, mode));
    return secret ? "" : secret.error().message;
  }
  std::string secret_of(const std::string& text, mode_t mode = 0600) const {
    const auto secret = read_secret_file(file(text, mode)).value();
    BOOST_TEST(!secret.warning.has_value());
    return secret.text;
  }
};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

BOOST_FIXTURE_TEST_SUITE(secret_file, Folder)

BOOST_AUTO_TEST_CASE(one_line_is_the_secret) {
  BOOST_TEST(secret_of("geheim") == "geheim");
  BOOST_TEST(secret_of("geheim\n") == "geheim");
  BOOST_TEST(secret_of("two words\r\n", 0640) == "two words");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_said_with_the_file) {
  BOOST_TEST(has(read_secret_file(path + "/none").error().message, path + "/none\": No such file"));
  BOOST_TEST(has(read_secret_file(path).error().message, "is not a file"));
  BOOST_TEST(has(error_of("x", 0644), "chmod o-rw"));
  BOOST_TEST(has(error_of("x", 0602), "chmod o-rw"));
  BOOST_TEST(has(error_of(""), "is empty"));
  BOOST_TEST(has(error_of("\n"), "is empty"));
  for (const auto* text : {"one\ntwo\n", "one\n\n"}) BOOST_TEST(has(error_of(text), "more than one line"));
  BOOST_TEST(has(error_of(std::string("a\0b", 3)), "has a zero byte"));
  BOOST_TEST(has(error_of(std::string(1025, 'x')), "longer than 1024 bytes"));
}

BOOST_AUTO_TEST_CASE(what_nobody_sees_is_refused) {
  for (const auto* text : {"a \n", "a ", "a\t\r\n", "a\r"}) {
    BOOST_TEST(has(error_of(text), "a blank at the end"), text);
  }
  BOOST_TEST(has(error_of(" a"), "a blank at the beginning"));
  BOOST_TEST(has(error_of("\xEF\xBB\xBFgeheim\n"), "byte order mark: save it without one"));
  BOOST_TEST(has(error_of(std::string("\xFF\xFEg\0\n\0", 6)), "is UTF-16"));
}

BOOST_AUTO_TEST_CASE(what_others_may_read_is_taken_only_where_nobody_can_change_that) {
  const auto read_only = [](const std::string&) { return true; };
  const auto secret = read_secret_file(file("geheim\n", 0444), read_only).value();
  BOOST_TEST(secret.text == "geheim");
  BOOST_TEST_REQUIRE(secret.warning.has_value());
  BOOST_TEST(has(*secret.warning, path + "/secret\", and it can't be changed there"));
  BOOST_TEST(!read_secret_file(file("geheim\n", 0440), read_only).value().warning.has_value());
  BOOST_TEST(!is_on_read_only_file_system(path));
  BOOST_TEST(!is_on_read_only_file_system(path + "/none"));
}

BOOST_AUTO_TEST_SUITE_END()
