# SPDX-License-Identifier: Apache-2.0
"""What is in the packages, as SPDX 2.3: `sbom.py VERSION BUILD_FOLDER`. Debian's own lists say what comes of Debian, the lock
file what comes of npm."""

import json
import os
import re
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# C++ libraries whose headers become part of the programs; of the shared ones ldd tells.
COMPILED_IN = ["nlohmann-json3-dev", "libboost-dev", "libcli11-dev", "libexpected-dev", "robin-map-dev", "libstdc++-12-dev"]


def output_of(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def debian_package(name):
    """(name, version, source) of an installed package; `name` may have an architecture behind it."""
    form = "${Package}\t${Version}\t${source:Package}\n"
    return output_of("dpkg-query", "-W", "-f", form, name).splitlines()[0].split("\t")


def shared_libraries(program):
    """The Debian packages of the shared libraries that the program itself names."""
    needed = re.findall(r"\(NEEDED\).*\[(.+)\]", output_of("readelf", "-d", str(program)))
    paths = dict(re.findall(r"^\s*(\S+) => (\S+)", output_of("ldd", str(program)), re.M))
    names = set()
    for each in needed:
        path = os.path.realpath(paths[each]) if each in paths else None
        if path:
            names.add(_owner(path))
    return sorted(names)


def _owner(path):
    for each in (path, path.removeprefix("/usr")):  # where /lib is a link to /usr/lib, dpkg knows the one or the other
        found = subprocess.run(["dpkg", "-S", each], capture_output=True, text=True, check=False)
        if found.returncode == 0:
            return found.stdout.split(": ")[0].split(",")[0]
    raise SystemExit(f"sbom: no Debian package has {path}")


def entry(kind, name, version, licence, locator):
    return {
        "SPDXID": "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", f"{kind}-{name}"),
        "name": name,
        "versionInfo": version,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": licence,
        "licenseDeclared": licence,
        "copyrightText": "NOASSERTION",
        "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": locator}],
    }


def of_debian(name):
    package, version, _ = debian_package(name)
    return entry("deb", package, version, "NOASSERTION", f"pkg:deb/debian/{package}@{version.replace(':', '%3A').replace('+', '%2B')}")


def of_npm():
    lock = json.loads((ROOT / "bridge/console/package-lock.json").read_text())
    for path, about in sorted(lock["packages"].items()):
        if path and not about.get("dev") and not about.get("optional"):
            name = path.removeprefix("node_modules/")
            yield entry("npm", name, about["version"], about.get("license", "NOASSERTION"),
                        f"pkg:npm/{name.replace('@', '%40')}@{about['version']}")  # fmt: skip


def document(version, build):
    commit = output_of("git", "-C", str(ROOT), "rev-parse", "HEAD").strip()
    created = datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), timezone.utc)
    own = [entry("rollcall", name, version, "Apache-2.0", f"pkg:deb/{name}@{version}") for name in ("rollcall", "mosquitto-plugin-rollcall")]
    libraries = {name: of_debian(name) for name in COMPILED_IN}
    links = []
    for package, program in zip(own, ("bin/rollcall", "lib/mosquitto_rollcall.so")):
        for name in shared_libraries(build / program):
            libraries.setdefault(name, of_debian(name))
            links.append((package["SPDXID"], "DYNAMIC_LINK", libraries[name]["SPDXID"]))
    console = list(of_npm())
    links += [(own[0]["SPDXID"], "CONTAINS", each["SPDXID"]) for each in console]
    links += [(libraries[name]["SPDXID"], "BUILD_DEPENDENCY_OF", each["SPDXID"]) for name in COMPILED_IN for each in own]
    links += [("SPDXRef-DOCUMENT", "DESCRIBES", each["SPDXID"]) for each in own]
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"rollcall-{version}",
        "documentNamespace": f"https://rollcall.invalid/spdx/{version}/{commit}",
        "creationInfo": {"created": created.strftime("%Y-%m-%dT%H:%M:%SZ"), "creators": ["Tool: rollcall-sbom"]},
        "packages": own + sorted(libraries.values(), key=lambda each: each["SPDXID"]) + console,
        "relationships": [
            {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other} for one, kind, other in sorted(links)
        ],
    }


if __name__ == "__main__":
    print(json.dumps(document(sys.argv[1], Path(sys.argv[2])), indent=1))
