# SPDX-License-Identifier: Apache-2.0
"""A certificate authority for one test run, made with the openssl command line."""

import ssl
import subprocess
from pathlib import Path


class Authority:
    """Its own certificate is `ca.crt` in the folder; `server.crt` and `server.key` are those of a listener."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._openssl("req", "-x509", *self._new_key("ca"), "-out", "ca.crt", "-days", "30", "-subj", "/CN=test authority")
        self._sign("server", "/CN=localhost", "subjectAltName=DNS:localhost,IP:127.0.0.1")

    def context(self, name=None):
        """An ssl.SSLContext for a client that shows a certificate of that common name; without a name, none."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.load_verify_locations(self.folder / "ca.crt")
        if name:
            if not (self.folder / f"{name}.crt").exists():
                self._sign(name, f"/CN={name}")
            context.load_cert_chain(self.folder / f"{name}.crt", self.folder / f"{name}.key")
        return context

    def sign(self, name, common_name="localhost", expired=False):
        """Makes `name`.crt and `name`.key. An expired one has been valid for a day, a month ago."""
        self._sign(name, f"/CN={common_name}", run_in=["faketime", "-f", "-30d"] if expired else (), days=1 if expired else 30)
        return self

    def listener_lines(self, name="server"):
        """Of mosquitto.conf, for a listener with TLS that shows `name`'s and wants certificates of this authority."""
        return "".join(f"{option} {self.folder}/{file}\n" for option, file in [
            ("cafile", "ca.crt"), ("certfile", f"{name}.crt"), ("keyfile", f"{name}.key"),
        ])  # fmt: skip

    @staticmethod
    def _new_key(name):
        return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key"]

    def _sign(self, name, subject, extensions=None, run_in=(), days=30):
        self._openssl("req", "-new", *self._new_key(name), "-out", f"{name}.csr", "-subj", subject)
        options = []
        if extensions:
            (self.folder / f"{name}.ext").write_text(extensions + "\n")
            options = ["-extfile", f"{name}.ext"]
        self._openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial",
                      "-days", str(days), "-out", f"{name}.crt", *options, run_in=run_in)  # fmt: skip

    def _openssl(self, *arguments, run_in=()):
        done = subprocess.run([*run_in, "openssl", *arguments], cwd=self.folder, capture_output=True, text=True)
        assert done.returncode == 0, f"openssl {' '.join(arguments)}:\n{done.stderr}"
