# SPDX-License-Identifier: Apache-2.0
"""A Debian root that a test may change: a layer above one that debootstrap has made once."""

import os
import shutil
import subprocess
from pathlib import Path

from rollcall_testing.process import Process

MIRROR = os.environ.get("ROLLCALL_DEBIAN_MIRROR", "http://deb.debian.org/debian")
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8", "HOME": "/root"}


def made_base(folder):
    """Makes bookworm's smallest root in the folder, if it isn't there. Returns its path."""
    base = folder / "bookworm"
    if not (folder / "bookworm.done").exists():
        shutil.rmtree(base, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["debootstrap", "--variant=minbase", "bookworm", base, MIRROR], check=True, stdout=subprocess.DEVNULL)
        # Nothing here starts a service: a test does it, as the unit would.
        policy = base / "usr/sbin/policy-rc.d"
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
        (base / "etc/hosts").write_text("127.0.0.1 localhost\n")
        (base / "etc/apt/apt.conf.d/keep").write_text('APT::Keep-Downloaded-Packages "true";\nBinary::apt-get::APT::Keep-Downloaded-Packages "true";\n')
        subprocess.run(["chroot", base, "apt-get", "-qq", "update"], check=True, env=ENVIRONMENT)
        (folder / "bookworm.done").touch()
    return base


class CleanRoot:
    def __init__(self, base, folder):
        shutil.rmtree(folder, ignore_errors=True)
        for each in ("upper", "work", "root"):
            (folder / each).mkdir(parents=True)
        self.folder, self.path, self.mounts, self.processes = folder, folder / "root", [], []
        options = f"lowerdir={base},upperdir={folder}/upper,workdir={folder}/work"
        self._mount("-t", "overlay", "overlay", "-o", options, to=self.path)
        self._mount("-t", "proc", "proc", to=self.path / "proc")
        archives = folder.parent / "archives"  # what apt has fetched once
        archives.mkdir(exist_ok=True)
        self._mount("--bind", archives, to=self.path / "var/cache/apt/archives")
        self.network = None

    def _mount(self, *arguments, to):
        subprocess.run(["mount", *map(str, arguments), to], check=True)
        self.mounts.append(to)

    def end(self):
        for each in reversed(self.processes):
            each.end()
        if self.network:
            self.network.end()
        for each in reversed(self.mounts):
            subprocess.run(["umount", "-l", each], check=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __truediv__(self, path):
        return self.path / str(path).lstrip("/")

    # Commands

    def run(self, *command, check=True, text=None):
        """Runs it inside; returns the result with both outputs in .stdout."""
        done = subprocess.run(["chroot", self.path, *map(str, command)], input=text, env=ENVIRONMENT, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)  # fmt: skip
        assert not check or done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}"
        return done

    def apt(self, *arguments):
        return self.run("apt-get", "-q", "-y", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold", *arguments).stdout

    def install(self, *debs, options=()):
        """`apt install ./*.deb`"""
        names = []
        for each in debs:
            if isinstance(each, Path):
                shutil.copy(each, self / "tmp")
                each = f"/tmp/{each.name}"
            names.append(each)
        return self.apt("install", *options, *names)

    def mode(self, path):
        """Owner, group and mode: "root:rollcall 640"."""
        return self.run("stat", "-c", "%U:%G %a", path).stdout.strip()

    # Programs that go on

    def _inside(self, command, user=None):
        if self.network is None:  # a network of its own, so that ports are free
            self.network = Process(["unshare", "--net", "sh", "-c", "ip link set lo up && exec sleep infinity"], self.folder / "network.log")
            own = os.readlink("/proc/self/ns/net")
            from rollcall_testing.waiting import wait_for

            pid = self.network.pid
            wait_for(lambda: os.readlink(f"/proc/{pid}/ns/net") != own and Path(f"/proc/{pid}/comm").read_text() == "sleep\n", "a network")
        as_user = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"] if user else []
        return ["nsenter", f"--net=/proc/{self.network.pid}/ns/net", "chroot", self.path, *as_user, *command]

    def start(self, name, *command, user=None, environment=None):
        """Runs it until the test ends; what it says is in log(name)."""
        process = Process(self._inside(command, user), self.folder / f"{name}.log", env={**ENVIRONMENT, **(environment or {})})
        self.processes.append(process)
        return process

    def log(self, name):
        return (self.folder / f"{name}.log").read_text(errors="replace")
