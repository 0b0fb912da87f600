"""A socket that reads ahead and gathers what is to be written.

Behind it a burst of messages costs one system call for each direction, where paho alone makes four
for each message.
"""

import socket
import ssl
from contextlib import suppress

READ_AHEAD = 65_536
PATIENCE_S = 1.0


class BufferedSocket:
    """What paho needs of a socket, over a real one (plain or TLS) in non-blocking mode.

    Whole packets are looked at in `ahead` by `Connection`, which takes those it knows with `skip`
    and lends the others to paho, one at a time: `recv` gives no more than was lent.
    """

    def __init__(self, sock: socket.socket) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sock = sock
        self.ahead = b""  # what was read from the network and not yet taken
        self.lent = 0  # bytes of paho's packet that paho has not read yet
        self._over: OSError | None = None
        self._ended = False
        self._more = False  # the network gave as much as was asked for
        self._waiting = bytearray()
        self.patient = False  # whether `close` waits until the broker has read all

    def fill(self) -> None:
        """Read once from the network what is there; `ended` says whether that was the last."""
        self._more = False
        try:
            came = self._sock.recv(READ_AHEAD)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return
        except OSError as error:
            self._over, self._ended = error, True
            return
        self.ahead += came
        self._ended = not came
        self._more = len(came) == READ_AHEAD

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self._ended

    def skip(self, n: int) -> None:
        """Take that many bytes off the front."""
        self.ahead = self.ahead[n:]

    def lend(self, n: int) -> None:
        """Let paho read the next that many bytes, a whole packet, in as many calls as it likes."""
        self.lent = n

    def recv(self, buffer_size: int) -> bytes:
        """Return up to that many of the bytes lent, ``b""`` at the end of the stream.

        Raises:
            BlockingIOError: nothing is lent, or what is has not come yet.
            OSError: the connection is gone.
        """
        if self.lent and not self.ahead and not self._ended:
            self.fill()
        chunk = self.ahead[: min(buffer_size, self.lent)]
        if not chunk and self._ended:
            return self._the_end()
        if not chunk:
            raise BlockingIOError
        self.lent -= len(chunk)
        self.skip(len(chunk))
        return chunk

    def _the_end(self) -> bytes:
        if self._over is not None:
            raise self._over
        return b""

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

    @property
    def pending(self) -> bool:
        """Whether there is likely more to read, which ``poll`` does not see where TLS holds it."""
        return self._more or (isinstance(self._sock, ssl.SSLSocket) and self._sock.pending() > 0)

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
