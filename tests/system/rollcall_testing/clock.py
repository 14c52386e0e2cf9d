# SPDX-License-Identifier: Apache-2.0
"""The wall clock as one process sees it, which a test sets while it runs. Monotonic clocks and timers stay as they are."""

import struct
import time
from pathlib import Path

from .bridge import plugin_path


class SettableClock:
    """Right until it is set. `environment`: what a process needs to go by it; tests/system/wall_clock.cpp has the rest."""

    def __init__(self, folder):
        self.ahead_by = 0
        self._path = Path(folder) / "clock"
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_bytes(bytes(8))
        library = plugin_path().with_name("wall_clock.so")
        self.environment = {"LD_PRELOAD": str(library), "ROLLCALL_TEST_CLOCK": str(self._path)}

    def set(self, ahead_by):
        """Seconds; negative: behind."""
        self.ahead_by = ahead_by
        with self._path.open("r+b") as clock:  # in place: the process has it mapped
            clock.write(struct.pack("=q", ahead_by))

    def now(self):
        """What it says, as time.time()."""
        return time.time() + self.ahead_by
