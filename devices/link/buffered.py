"""A socket with a read and a write buffer.

A burst of messages costs one system call in each direction, where paho alone makes four for each
message.
"""

import socket
import ssl
from contextlib import suppress

READ_AHEAD = 65_536
LINGER_S = 1.0


class BufferedSocket:
    """The socket interface that paho uses, over a plain or TLS socket in non-blocking mode.

    `Connection` parses whole packets in `ahead`: it consumes PUBLISH packets with `skip` and lends
    others to paho one at a time, so that `recv` returns no more than was lent.
    """

    def __init__(self, sock: socket.socket) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sock = sock
        self.ahead = b""  # read from the network and not yet consumed
        self.lent = 0  # bytes of the lent packet that paho has not read yet
        self._error: OSError | None = None
        self._ended = False
        self._more = False  # the last read filled its buffer
        self._waiting = bytearray()
        self.linger = False  # whether `close` waits until the broker has read everything

    def fill(self) -> None:
        """Read once from the network; afterwards `ended` is set at the end of the stream."""
        self._more = False
        try:
            came = self._sock.recv(READ_AHEAD)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return
        except OSError as error:
            self._error, self._ended = error, True
            return
        self.ahead += came
        self._ended = not came
        self._more = len(came) == READ_AHEAD

    @property
    def ended(self) -> bool:
        """Whether the stream has ended."""
        return self._ended

    def skip(self, n: int) -> None:
        """Remove that many bytes from the front."""
        self.ahead = self.ahead[n:]

    def lend(self, n: int) -> None:
        """Let paho read the next ``n`` bytes, a whole packet, in any number of calls."""
        self.lent = n

    def recv(self, buffer_size: int) -> bytes:
        """Return up to that many of the lent bytes, ``b""`` at the end of the stream.

        Raises:
            BlockingIOError: no bytes are lent, or they have not arrived yet.
            OSError: the connection is lost.
        """
        if self.lent and not self.ahead and not self._ended:
            self.fill()
        chunk = self.ahead[: min(buffer_size, self.lent)]
        if not chunk and self._ended:
            return self._end_of_stream()
        if not chunk:
            raise BlockingIOError
        self.lent -= len(chunk)
        self.skip(len(chunk))
        return chunk

    def _end_of_stream(self) -> bytes:
        if self._error is not None:
            raise self._error
        return b""

    def send(self, buffer: bytes | bytearray) -> int:
        """Buffer all bytes for the next `flush` and return their number."""
        self._waiting += buffer
        return len(buffer)

    def flush(self) -> None:
        """Write as much as the socket accepts; a lost connection is detected by the next read."""
        with suppress(BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError, OSError):
            while self._waiting:
                sent = self._sock.send(self._waiting)
                del self._waiting[:sent]

    @property
    def unsent(self) -> bool:
        """Whether buffered bytes are not written yet."""
        return bool(self._waiting)

    @property
    def pending(self) -> bool:
        """Whether more can probably be read; ``poll`` does not see what TLS has buffered."""
        return self._more or (isinstance(self._sock, ssl.SSLSocket) and self._sock.pending() > 0)

    def fileno(self) -> int:
        """Return the file descriptor, for ``poll``."""
        return self._sock.fileno()

    def setblocking(self, flag: bool) -> None:
        """Set the mode of the underlying socket."""
        self._sock.setblocking(flag)

    def close(self) -> None:
        """Close the underlying socket after a last attempt to write the buffer."""
        self.flush()
        if self.linger:
            self._wait_for_peer()
        self._sock.close()

    def _wait_for_peer(self) -> None:
        """Let the broker read to the end; it discards unread bytes of a closed socket."""
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)
            self._sock.settimeout(LINGER_S)
            while self._sock.recv(READ_AHEAD):
                pass
