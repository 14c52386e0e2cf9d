# SPDX-License-Identifier: Apache-2.0
"""One child process with its log in a file: ended by its id, whatever happens to the test."""

import signal
import subprocess

from .waiting import wait_for


class Process:
    """Starts `command` with stdout and stderr in `log_path` (appended to, so that a restart keeps the earlier part)."""

    def __init__(self, command, log_path, cwd=None, env=None):
        self.command = [str(part) for part in command]
        with open(log_path, "ab") as log:
            self._child = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, cwd=cwd, env=env
            )
        self._paused = False

    @property
    def pid(self):
        return self._child.pid

    @property
    def exit_code(self):
        """None while it runs; negative: the signal that ended it."""
        return self._child.poll()

    @property
    def is_running(self):
        return self.exit_code is None

    def signal(self, number):
        if self.is_running:
            self._child.send_signal(number)

    def pause(self):
        """SIGSTOP: it keeps its connections and reads nothing."""
        self.signal(signal.SIGSTOP)
        self._paused = True

    def resume(self):
        self.signal(signal.SIGCONT)
        self._paused = False

    def kill(self):
        """SIGKILL, as a crash would be."""
        self.signal(signal.SIGKILL)
        self._child.wait()

    def stop(self, timeout=10.0):
        """SIGTERM; returns the exit code. After `timeout` it is killed, and that is an error."""
        if self._paused:
            self.resume()
        self.signal(signal.SIGTERM)
        try:
            return self._child.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.command[0]} didn't end within {timeout:g} s of SIGTERM") from None

    def end(self):
        """For teardown: gone afterwards, no matter how."""
        if self.is_running:
            self._child.kill()
            self._child.wait()

    def wait_for_end(self, timeout=10.0):
        wait_for(lambda: not self.is_running, f"the end of {' '.join(self.command)}", timeout)
        return self.exit_code
