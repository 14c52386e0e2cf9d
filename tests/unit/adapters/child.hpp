// SPDX-License-Identifier: Apache-2.0
// Another process, for what is about processes: it may be killed, and it says lines.
#pragma once

#include <csignal>
#include <functional>
#include <string>

#include <boost/test/unit_test.hpp>
#include <sys/wait.h>
#include <unistd.h>

namespace rollcall {

class Child {
 public:
  using Say = std::function<void(const std::string& line)>;

  /// Runs `work` in a fork of this process; there, no check of the tests can be used.
  explicit Child(const std::function<void(const Say&)>& work) {
    int ends[2];
    BOOST_REQUIRE(::pipe(ends) == 0);
    pid_ = ::fork();
    BOOST_REQUIRE(pid_ >= 0);
    if (pid_ == 0) {
      ::close(ends[0]);
      work([out = ends[1]](const std::string& line) {
        const auto text = line + "\n";
        if (::write(out, text.data(), text.size()) < 0) ::_exit(1);
      });
      ::_exit(0);
    }
    ::close(ends[1]);
    in_ = ends[0];
  }
  ~Child() {
    kill();
    ::close(in_);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  int pid() const { return pid_; }

  /// What it says next; empty: it has ended.
  std::string line() {
    std::string text;
    char byte = 0;
    while (::read(in_, &byte, 1) == 1 && byte != '\n') text += byte;
    return text;
  }
  /// True if it ended in peace.
  bool wait() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    is_over_ = true;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }
  void kill() {
    if (is_over_) return;
    ::kill(pid_, SIGKILL);
    wait();
  }

 private:
  pid_t pid_ = -1;
  int in_ = -1;
  bool is_over_ = false;
};

}  // namespace rollcall
