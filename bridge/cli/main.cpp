// SPDX-License-Identifier: Apache-2.0
// One binary, its subcommands, and their exit codes.
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "bridge/cli/command_line.hpp"
#include "bridge/cli/printable_output.hpp"
#include "bridge/cli/subcommands.hpp"

namespace {

using namespace rollcall::cli;

int run(int argc, char** argv) {
  auto console = process_console(std::cin, std::cout, std::cerr);
  const int code = CommandLine(console).run(std::vector<std::string>(argv + 1, argv + argc));
  std::cout.flush();
  if (!std::cout) {
    std::cerr << "rollcall: the output can't be written\n";
    return kInternal;
  }
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  const rollcall::cli::PrintableOutput out(std::cout), err(std::cerr);
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "rollcall: internal error: " << error.what() << '\n';
  } catch (...) {
    std::cerr << "rollcall: internal error\n";
  }
  return kInternal;
}
