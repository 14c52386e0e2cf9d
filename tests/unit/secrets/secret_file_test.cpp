// SPDX-License-Identifier: Apache-2.0
#include "secrets/secret_file.hpp"

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
};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

BOOST_FIXTURE_TEST_SUITE(secret_file, Folder)

BOOST_AUTO_TEST_CASE(one_line_is_the_secret) {
  BOOST_TEST(read_secret_file(file("geheim")).value() == "geheim");
  BOOST_TEST(read_secret_file(file("geheim\n")).value() == "geheim");
  BOOST_TEST(read_secret_file(file(" spaced \r\n", 0640)).value() == " spaced ");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_said_with_the_file) {
  BOOST_TEST(has(read_secret_file(path + "/none").error().message, path + "/none\": No such file"));
  BOOST_TEST(has(read_secret_file(path).error().message, "is not a file"));
  BOOST_TEST(has(error_of("x", 0644), "chmod o-rw"));
  BOOST_TEST(has(error_of("x", 0602), "chmod o-rw"));
  BOOST_TEST(has(error_of(""), "is empty"));
  BOOST_TEST(has(error_of("\n"), "is empty"));
  BOOST_TEST(has(error_of("one\ntwo\n"), "must hold one line"));
  BOOST_TEST(has(error_of(std::string("a\0b", 3)), "must hold one line"));
  BOOST_TEST(has(error_of(std::string(1025, 'x')), "longer than 1024 bytes"));
}

BOOST_AUTO_TEST_SUITE_END()
