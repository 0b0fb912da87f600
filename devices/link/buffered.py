"""A socket that reads ahead and gathers what is to be written.

paho reads a packet with three ``recv`` calls and writes each acknowledgement with a ``send`` of
its own; behind this buffer a burst of messages costs one system call for each direction.
"""

import socket
import ssl
from contextlib import suppress

READ_AHEAD = 65_536
PATIENCE_S = 1.0


class BufferedSocket:
    """What paho needs of a socket, over a real one (plain or TLS) in non-blocking mode."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sock = sock
        self._ahead = memoryview(b"")
        self._waiting = bytearray()
        self.patient = False  # whether `close` waits until the broker has read all

    def recv(self, buffer_size: int) -> bytes:
        """Return up to that many bytes, ``b""`` at the end of the stream.

        Raises:
            BlockingIOError: nothing has come yet (``ssl.SSLWantReadError`` over TLS).
            OSError: the connection is gone.
        """
        if not self._ahead:
            self._ahead = memoryview(self._sock.recv(READ_AHEAD))
        chunk, self._ahead = self._ahead[:buffer_size], self._ahead[buffer_size:]
        return bytes(chunk)

    def send(self, buffer: bytes | bytearray) -> int:
        """Keep the bytes for the next `flush` and return how many: always all of them."""
        self._waiting += buffer
        return len(buffer)

    def flush(self) -> None:
        """Write as much as the socket takes now; a broken connection shows at the next read."""
        with suppress(BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError, OSError):
            while self._waiting:
                sent = self._sock.send(self._waiting)
                del self._waiting[:sent]

    @property
    def unsent(self) -> bool:
        """Whether bytes still wait for the socket to take them."""
        return bool(self._waiting)

    def pending(self) -> int:
        """Return how many bytes can be read without asking the network."""
        inside = self._sock.pending() if isinstance(self._sock, ssl.SSLSocket) else 0
        return len(self._ahead) + inside

    def fileno(self) -> int:
        """Return the file descriptor, for ``poll``."""
        return self._sock.fileno()

    def setblocking(self, flag: bool) -> None:
        """Set the real socket's mode."""
        self._sock.setblocking(flag)

    def close(self) -> None:
        """Close the real socket, after a last try to write what waits."""
        self.flush()
        if self.patient:
            self._wait_for_the_other_end()
        self._sock.close()

    def _wait_for_the_other_end(self) -> None:
        """Let the broker read to the end: on a closed socket it drops what it has not read yet."""
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)
            self._sock.settimeout(PATIENCE_S)
            while self._sock.recv(READ_AHEAD):
                pass
