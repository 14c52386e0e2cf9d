# SPDX-License-Identifier: Apache-2.0
"""The wall clock as one process sees it, which a test sets while it runs: by libfaketime. Monotonic clocks stay as they are."""

import time
from pathlib import Path


class SettableClock:
    """Right until it is set. `environment`: what a process needs to go by it."""

    def __init__(self, folder):
        self.ahead_by = 0
        self._path = Path(folder) / "clock"
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self.set(0)
        (library,) = Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")
        self.environment = {
            "LD_PRELOAD": str(library), "FAKETIME_TIMESTAMP_FILE": str(self._path), "FAKETIME_NO_CACHE": "1",
            "DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_RESET": "1",
        }  # fmt: skip

    def set(self, ahead_by):
        """Seconds; negative: behind."""
        self.ahead_by = ahead_by
        unfinished = self._path.with_suffix(".new")
        unfinished.write_text(f"{ahead_by:+d}\n")
        unfinished.replace(self._path)

    def now(self):
        """What it says, as time.time()."""
        return time.time() + self.ahead_by
