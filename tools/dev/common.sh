# SPDX-License-Identifier: Apache-2.0
# For the commands beside this file: packages, CMake trees, messages. They run in the project's folder.
# shellcheck shell=bash

# What each command needs, as package:file; a package is installed only if its file isn't there.
build_needs=(
  cmake:/usr/bin/cmake ninja-build:/usr/bin/ninja g++:/usr/bin/g++
  mosquitto-dev:/usr/include/mosquitto_plugin.h libmosquitto-dev:/usr/include/mosquitto.h
  nlohmann-json3-dev:/usr/include/nlohmann/json.hpp libboost-dev:/usr/include/boost/asio.hpp
  libspdlog-dev:/usr/include/spdlog/spdlog.h libfmt-dev:/usr/include/fmt/core.h
  libcli11-dev:/usr/include/CLI/CLI.hpp libexpected-dev:/usr/include/tl/expected.hpp
  robin-map-dev:/usr/include/tsl/robin_map.h libsodium-dev:/usr/include/sodium/crypto_shorthash.h
  libsqlite3-dev:/usr/include/sqlite3.h
  libpaho-mqttpp-dev:/usr/include/mqtt/async_client.h libpaho-mqtt-dev:/usr/include/MQTTAsync.h
  prometheus-cpp-dev:/usr/include/prometheus/text_serializer.h
  libhowardhinnant-date-dev:/usr/include/date/tz.h libssl-dev:/usr/include/openssl/ssl.h zlib1g-dev:/usr/include/zlib.h
  libcurl4-openssl-dev:/usr/share/doc/libcurl4-openssl-dev/copyright
  scdoc:/usr/bin/scdoc
)
# For the web console. Node.js often comes from elsewhere than Debian: what counts is that the commands are there.
command -v node >/dev/null || build_needs+=(nodejs:/usr/bin/node)
command -v npm >/dev/null || build_needs+=(npm:/usr/bin/npm)
run_needs=(mosquitto:/usr/sbin/mosquitto mosquitto-clients:/usr/bin/mosquitto_sub)
test_needs=(
  libboost-test-dev:/usr/share/doc/libboost-test-dev/copyright python3-pytest:/usr/bin/pytest-3
  python3-jsonschema:/usr/lib/python3/dist-packages/jsonschema/__init__.py
  faketime:/usr/bin/faketime
  debian-archive-keyring:/usr/share/keyrings/debian-archive-keyring.gpg
  openssl:/usr/bin/openssl prometheus:/usr/bin/promtool
  zsh:/usr/bin/zsh fish:/usr/bin/fish
)
sanitizer_needs=(
  clang-14:/usr/bin/clang++-14
  libclang-rt-14-dev:/usr/lib/llvm-14/lib/clang/14.0.6/include/fuzzer/FuzzedDataProvider.h
  llvm-14:/usr/bin/llvm-symbolizer-14
)
bench_engine_needs=(libbenchmark-dev:/usr/include/benchmark/benchmark.h)
package_needs=(dpkg-dev:/usr/bin/dpkg-buildflags git:/usr/bin/git)
package_test_needs=(
  debootstrap:/usr/sbin/debootstrap lintian:/usr/bin/lintian systemd:/usr/bin/systemd-analyze
  python3-pytest:/usr/bin/pytest-3 mosquitto-clients:/usr/bin/mosquitto_sub
)
check_needs=(clang-format-14:/usr/bin/clang-format-14 clang-tidy-14:/usr/bin/clang-tidy-14 git:/usr/bin/git)

# Who has ccache builds the same only once, in whatever folder.
if command -v ccache >/dev/null; then
  export CMAKE_CXX_COMPILER_LAUNCHER=ccache CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros
fi

say() { printf '%s\n' "$*" >&2; }
die() { say "./dev: $*"; exit 1; }

# Reads what apt-get prints: its progress becomes one line that is written over on a terminal, else a line each
# 20 %; the rest goes into a file.
show_apt_progress() {
  local line kind percent shown=-20 phase=''
  while read -r line; do
    IFS=: read -r kind _ percent _ <<<"$line"
    percent=${percent%%.*}
    case $kind in
      dlstatus) kind=downloading ;;
      pmstatus) kind=installing ;;
      *) printf '%s\n' "$line" >>"$1"; continue ;;
    esac
    [[ $percent =~ ^[0-9]+$ ]] || continue
    if [[ $kind != "$phase" ]]; then phase=$kind shown=-20; fi
    if [[ -t 2 ]]; then
      printf '\r  %s %3d %%\033[K' "$kind" "$percent" >&2
    elif ((percent >= shown + 20)); then
      say "  $kind $percent %"
      shown=$percent
    fi
  done
  [[ ! -t 2 ]] || printf '\r\033[K' >&2
}

apt() {
  local as_root=() log
  [[ $(id -u) -eq 0 ]] || as_root=(sudo)
  log=$(mktemp)
  if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o APT::Status-Fd=1 "$@" 2>&1 | show_apt_progress "$log"; then
    tail -n 15 "$log" >&2
    rm -f "$log"
    die "apt-get $1 failed; its last lines are above"
  fi
  rm -f "$log"
}

# need PACKAGE:FILE…: installs what isn't there.
need() {
  local missing=() each
  for each in "$@"; do [[ -e ${each#*:} ]] || missing+=("${each%%:*}"); done
  [[ ${#missing[@]} -gt 0 ]] || return 0
  if [[ $(id -u) -ne 0 ]] && ! command -v sudo >/dev/null; then
    die "these packages are missing, and there is no sudo to install them with; as root: apt-get install ${missing[*]}"
  fi
  say "installing ${#missing[@]} packages: ${missing[*]}"
  timed "packages: lists" apt update
  timed "packages: ${#missing[@]} and what they need" apt install -y --no-install-recommends "${missing[@]}"
}

# configure PRESET [cmake option…]: without options only a tree that isn't there yet, or is older than the presets
configure() {
  local preset=$1
  shift
  [[ build/$preset/build.ninja -nt CMakePresets.json && $# -eq 0 ]] || cmake --preset "$preset" "$@" >/dev/null
}

# build_targets PRESET TARGET…: with ninja's progress
build_targets() {
  local preset=$1
  shift
  NINJA_STATUS='  building [%f/%t] ' timed "build $preset" cmake --build "build/$preset" ${1:+--target "$@"} >&2
}

# What runs: the program and the plugin. Whoever only builds or runs needs no test library; a tree that once had
# the tests keeps them.
build_product() {
  need "${build_needs[@]}"
  if [[ -e build/release/build.ninja ]]; then configure release; else configure release -DROLLCALL_TESTS=OFF; fi
  build_targets release rollcall mosquitto_rollcall man
}

fetch_brokers() { timed "brokers" tests/system/fetch_brokers build/brokers >&2; }

# timed WHAT COMMAND…: runs it; if $ROLLCALL_TIMES names a file, a line there says how many seconds it took.
timed() {
  local what=$1 began=$SECONDS code=0
  shift
  "$@" || code=$?
  [[ -z ${ROLLCALL_TIMES:-} ]] || printf '%d\t%s\n' "$((SECONDS - began))" "$what" >>"$ROLLCALL_TIMES"
  return "$code"
}

# That file as a table; what took no second is left out.
print_times() {
  [[ -n ${ROLLCALL_TIMES:-} ]] || return 0
  say "where the time went, in seconds:"
  awk -F '\t' '$1 > 0 { sum += $1; printf "%6d  %s\n", $1, $2 } END { printf "%6d  together\n", sum }' "$ROLLCALL_TIMES" >&2
}
