# SPDX-License-Identifier: Apache-2.0
"""Runs pairs by seed, several at once, and says where the two of a pair differ."""

import multiprocessing
import re
import shutil
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rollcall_testing.broker import password_line, unused_port

from .broker import NoPort, PairedBroker, end_quietly
from .family import Family
from .questions import ACL, Questions

IN_FRONT = "another plugin is loaded before this one"


@dataclass
class Outcome:
    """differences: lines for a person; empty: the two agree. asked: how many answers were compared."""

    seed: int
    version: str
    folder: str
    asked: int = 0
    differences: tuple = ()


def run_seed(seed, version, root, dynsec, plugins):
    """One seed. A folder with all files stays where something differs."""
    folder = Path(root) / f"{version}-{seed}"
    for _ in range(5):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            outcome = _run_pair(seed, version, folder, dynsec, plugins)
        except NoPort:
            continue
        except (OSError, AssertionError) as problem:
            outcome = Outcome(seed, version, str(folder), differences=(f"{type(problem).__name__}: {problem}",))
        if not outcome.differences:
            shutil.rmtree(folder, ignore_errors=True)
        return outcome
    return Outcome(seed, version, str(folder), differences=("no free port",))


def _run_pair(seed, version, folder, dynsec, plugins):
    taken = []

    def draw_place(kind):
        if kind == "socket":
            taken.append(f"{folder}/s{len(taken)}")
            return taken[-1]
        while (port := unused_port()) in taken:
            pass
        taken.append(port)
        return port

    family = Family(seed, version, draw_place)
    decide = {"passwords": PASSWORDS, "acl": ACL, "dynsec.json": dynsec}
    make = partial(PairedBroker, family, folder, version, decide=decide, plugins=plugins)
    bare = make(with_plugin=False)
    expected, _ = _answers(bare)
    ours = make(with_plugin=True)
    given, writers = _answers(ours)
    outcome = Outcome(seed, version, str(folder), asked=len(expected or ()))
    if given is None and expected is not None and version == "2.1" and _is_rightly_refused(family, ours.log()):
        return outcome
    differences = []
    if (given is None) != (expected is None):
        differences.append(f"with the plugin: {'no start' if given is None else 'a start'}, without: the other way round")
    for key in dict.fromkeys([*(expected or {}), *(given or {})]):
        if given and expected and expected.get(key) != given.get(key):
            differences.append(f"{', '.join(map(str, key))}:\n    without {expected.get(key)}\n    with    {given.get(key)}")
    unguarded = re.search(r"(\d+) listeners? without this plugin", ours.log())
    if given and IN_FRONT not in ours.log() and len(writers) > int(unguarded[1] if unguarded else 0):
        differences.append(f"at {len(writers)} listeners anybody writes statuses, and the log tells of {unguarded[1] if unguarded else 'none'}")
    outcome.differences = tuple(differences)
    return outcome


PASSWORDS = password_line("alice", "secret")


def _is_rightly_refused(family, log):
    return family.has_another and IN_FRONT in log


def _answers(broker):
    """(answers, listeners where the reserved topic was written), or (None, …) if it doesn't start."""
    try:
        if not broker.start():
            return None, set()
        questions = Questions(broker)
        questions.ask("at first")
        for number, state in enumerate(broker.family.states[1:], 1):
            broker.reload(state)
            if not broker.is_running:
                break
            questions.ask(f"after SIGHUP {number}")
        was_running = broker.is_running
        questions.end()
        questions.answers["ended with",] = (was_running, broker.end())
        return questions.answers, questions.writers
    finally:
        end_quietly(broker)


def run(seeds, version, dynsec, plugins, *, jobs=3, root=None, found=lambda outcome: None):
    """Runs all of them, and returns the outcomes that differ; `found` is told each one as it comes."""
    root = root or tempfile.mkdtemp(prefix="rollcall-differential-")
    job = partial(run_seed, version=version, root=root, dynsec=dynsec, plugins=plugins)
    different = []
    with multiprocessing.get_context("fork").Pool(jobs) as pool:
        for outcome in pool.imap_unordered(job, seeds):
            found(outcome)
            if outcome.differences:
                different.append(outcome)
    if not different:
        shutil.rmtree(root, ignore_errors=True)
    return sorted(different, key=lambda outcome: outcome.seed)
