# SPDX-License-Identifier: Apache-2.0
"""The MQTT client of mqtt.py over TLS."""

import os
import select
import ssl
import threading

from .mqtt import Client


class _Socket(ssl.SSLSocket):
    """One TLS connection isn't for two threads at once, and a Client has one that reads and others that send."""

    def recv(self, *args):
        if not self.pending() and not select.select([self], [], [], self.gettimeout())[0]:
            raise TimeoutError
        with self.lock:
            return super().recv(*args)

    def sendall(self, *args):
        with self.lock:
            return super().sendall(*args)


class TlsClient(Client):
    """`context`: see certificates.Authority. close() is a FIN and nothing before it; say_goodbye() is TLS's own end."""

    def __init__(self, *args, context, **options):
        super().__init__(*args, **options)
        self._context = context

    def send_raw(self, data):
        if not isinstance(self._socket, ssl.SSLSocket):
            self._context.sslsocket_class = _Socket
            self._socket = self._context.wrap_socket(self._socket)
            self._socket.lock = threading.RLock()
        super().send_raw(data)

    def say_goodbye(self):
        """close_notify, and the FIN that belongs to it, with no DISCONNECT before them."""
        self._is_closed = True
        self._thread.join(5)
        with self._socket.lock:
            try:
                self._socket.unwrap()
            except OSError:
                pass  # the broker closed without an answer
        self._socket.close()

    def send_in_the_clear(self, data):
        """Bytes that are no TLS record, in the midst of the connection."""
        self._is_silent = True
        with self._socket.lock:
            os.write(self._socket.fileno(), data)
