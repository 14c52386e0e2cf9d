# SPDX-License-Identifier: Apache-2.0
"""What .ci/run runs in which order, what it tells of the time, and which files clang-tidy sees."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parents[2]

FAKE = """#!/bin/bash
echo "$*" >>steps
printf '3\\t%s\\n' "$*" >>"$ROLLCALL_TIMES"
[[ "$*" != "$FAILS" ]] || exit 5
echo "end of $*"
"""


def run_ci(folder, fails=""):
    (folder / ".ci").mkdir()
    shutil.copy(HERE / ".ci/run", folder / ".ci/run")
    (folder / "dev").write_text(FAKE)
    (folder / "dev").chmod(0o755)
    return subprocess.run([folder / ".ci/run"], env={**os.environ, "FAILS": fails}, capture_output=True, text=True, check=False)


def test_it_ends_with_the_system_tests_after_everything_else(tmp_path):
    done = run_ci(tmp_path)
    assert done.returncode == 0, done.stderr
    steps = (tmp_path / "steps").read_text().splitlines()
    assert steps == ["setup", "check format", "check sanitizers", "check threads", "fuzz 5", "test system"]
    assert done.stdout.splitlines()[-1] == "end of test system"
    assert (tmp_path / "build/times").read_text().startswith("3\tsetup\n3\tcheck format\n")


def test_nothing_follows_a_step_that_fails(tmp_path):
    assert run_ci(tmp_path, fails="check format").returncode == 5
    assert (tmp_path / "steps").read_text().splitlines()[-1] == "check format"


def bash(script, times):
    script = f"set -euo pipefail; source tools/dev/common.sh; {script}"
    variables = {**os.environ, "ROLLCALL_TIMES": str(times) if times else ""}
    return subprocess.run(["bash", "-c", script], cwd=HERE, env=variables, capture_output=True, text=True, check=False)


def test_the_table_has_each_part_that_took_time_and_their_sum(tmp_path):
    times = tmp_path / "times"
    times.write_text("61\tpackages\n0\tbrokers\n600\tbuild asan\n")
    assert bash("print_times", times).stderr == (
        "where the time went, in seconds:\n    61  packages\n   600  build asan\n   661  together\n"
    )
    assert bash("print_times", None).stderr == ""


def test_what_fails_still_fails_when_it_is_timed(tmp_path):
    done = bash("timed 'a part' bash -c 'exit 7'; echo went on", tmp_path / "times")
    assert (done.returncode, done.stdout) == (7, "")
    assert (tmp_path / "times").read_text().endswith("\ta part\n")


@pytest.fixture
def repository(tmp_path):
    path = tmp_path / "upstream"
    path.mkdir()
    git(path, "init", "-q", "-b", "main")
    commit(path, 1_700_000_000, "old.cpp")
    commit(path, 1_700_100_000, "new.cpp", "lonely.hpp", "beside.hpp", "tests/test.cpp", "notes.md")
    commit(path, 1_700_100_060, "newer.cpp", "beside.cpp")
    return path


def git(path, *arguments, **variables):
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", *identity, *arguments], cwd=path, env={**os.environ, **variables}, check=True, capture_output=True)


def commit(path, at, *files):
    for file in files:
        (path / file).parent.mkdir(exist_ok=True)
        (path / file).write_text('#include "lonely.hpp"\n' if file == "old.cpp" else f"{at}\n")
    git(path, "add", ".")
    git(path, "commit", "-qm", "a change", GIT_AUTHOR_DATE=f"{at} +0000", GIT_COMMITTER_DATE=f"{at} +0000")


def clone(repository, *options):
    path = repository.parent / "clone"
    git(repository, "clone", "-q", *options, f"file://{repository}", path)
    return path


def sources(path, which="changed"):
    done = subprocess.run([HERE / "tools/dev/sources", which], cwd=path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return sorted(done.stdout.splitlines())


def test_in_a_new_clone_the_commits_of_the_last_hours_have_changed(repository):
    # lonely.hpp stands for old.cpp, which includes it
    assert sources(clone(repository)) == ["beside.cpp", "new.cpp", "newer.cpp", "old.cpp"]


def test_before_a_push_what_main_has_not_has_changed(repository):
    path = clone(repository)
    commit(path, 1_700_100_120, "mine.cpp")
    (path / "untracked.cpp").write_text("\n")
    (path / "new.cpp").write_text("another\n")
    (path / "old.cpp").unlink()
    assert sources(path) == ["mine.cpp", "new.cpp", "untracked.cpp"]


def test_without_history_everything_has_changed(repository):
    assert sources(clone(repository, "--depth=1")) == sources(repository, "all") == ["beside.cpp", "new.cpp", "newer.cpp", "old.cpp"]
