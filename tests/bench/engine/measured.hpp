// SPDX-License-Identifier: Apache-2.0
// What can be measured from inside: time, allocations, memory.
#pragma once

#include <cstddef>
#include <cstdint>

namespace rollcall::bench {

/// How often operator new has been called by this process.
std::uint64_t allocations();

/// The CPU time that this process has used: what else goes on in the machine isn't part of it.
double cpu_seconds();

/// The process's memory that is in RAM now, after unused memory was given back.
std::size_t resident_bytes();

/// What calls cost, all together and the longest of them.
struct Cost {
  double seconds = 0, longest_seconds = 0;
  std::uint64_t allocations = 0;

  template <typename Call>
  void add(const Call& call) {
    const auto allocated = bench::allocations();
    const double began = cpu_seconds();
    call();
    const double took = cpu_seconds() - began;
    allocations += bench::allocations() - allocated;
    seconds += took;
    if (took > longest_seconds) longest_seconds = took;
  }
};

}  // namespace rollcall::bench
