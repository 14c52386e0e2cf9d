# SPDX-License-Identifier: Apache-2.0
"""The machine that a benchmark runs on: what it lets us do, and what readers have to know of it."""

import ctypes
import datetime
import fcntl
import os
import platform
import socket
import struct


def enter_private_network():
    """A network of our own, with nothing but a loopback; only root can make one. Returns whether we have it."""
    if os.geteuid() != 0 or ctypes.CDLL(None).unshare(0x40000000) != 0:
        return False
    with socket.socket() as sock:
        fcntl.ioctl(sock, 0x8914, struct.pack("16sh14x", b"lo", 1))  # SIOCSIFFLAGS, IFF_UP
    return True


def go_before_others():
    """The highest niceness for us and what we start, so that other programs disturb less. Returns whether we have it."""
    try:
        os.setpriority(os.PRIO_PROCESS, 0, -20)
    except PermissionError:
        return False
    return True


def available_memory():
    """Bytes that a new program can have without anything being swapped out."""
    with open("/proc/meminfo") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("MemAvailable:"))


def description():
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "memory_gib": round(memory, 1),
        "kernel": platform.release(),
        "load_average": [round(load, 1) for load in os.getloadavg()],
    }
