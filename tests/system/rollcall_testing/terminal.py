# SPDX-License-Identifier: Apache-2.0
"""A program on a terminal of its own, and what is on its screen."""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import threading

from .waiting import wait_for

SEQUENCE = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z])")


class Terminal:
    def __init__(self, command, columns=80, rows=24, env=None):
        self.ours, theirs = pty.openpty()
        self._columns, self._rows = columns, rows
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.before = termios.tcgetattr(theirs)
        environment = {**os.environ, "TERM": "xterm-256color", **(env or {})}
        environment.pop("NO_COLOR", None) if "NO_COLOR" not in (env or {}) else None
        self.child = subprocess.Popen(
            [str(part) for part in command], stdin=theirs, stdout=theirs, stderr=theirs, env=environment,
            preexec_fn=self._take_terminal, close_fds=True,
        )  # fmt: skip
        self.theirs = theirs
        self.output = ""
        threading.Thread(target=self._read, daemon=True).start()

    @staticmethod
    def _take_terminal():
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def _read(self):
        raw = b""
        while True:
            try:
                data = os.read(self.ours, 65536)
            except OSError:
                return
            if not data:
                return
            raw += data
            self.output = raw.decode(errors="replace")

    def screen(self):
        """The lines that are on the other screen now; without colours."""
        text = self.output.rpartition("\x1b[?1049h")[2].partition("\x1b[?1049l")[0]
        last = text.rpartition("\x1b[H")[2]
        if not last.endswith("\x1b[J"):  # not drawn to its end yet: the one before
            last = text.rpartition("\x1b[H")[0].rpartition("\x1b[H")[2]
        return re.split(r"\r+\n", SEQUENCE.sub("", last))

    @property
    def is_in_use(self):
        """Whether the program has the other screen."""
        return self.output.rfind("\x1b[?1049h") > self.output.rfind("\x1b[?1049l")

    @property
    def is_as_before(self):
        return not self.is_in_use and termios.tcgetattr(self.theirs) == self.before

    def wait_for_screen(self, condition, what, timeout=10.0):
        def holds():
            try:
                return condition(self.screen())
            except IndexError:  # that line isn't there yet
                return False

        return wait_for(holds, lambda: f"{what}; there is\n" + "\n".join(self.screen()), timeout)

    def wait_for_output(self, text, timeout=10.0):
        return wait_for(lambda: text in self.output, lambda: f"{text!r}; there is\n{self.output}", timeout)

    def resize(self, columns, rows):
        fcntl.ioctl(self.ours, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.child.send_signal(signal.SIGWINCH)

    def type(self, text):
        os.write(self.ours, text.encode())

    def wait(self, timeout=10.0):
        return self.child.wait(timeout)

    def end(self):
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()
        os.close(self.ours)
        os.close(self.theirs)
