"""Large and slow requests to a real web server: answered or ended before they cost anything."""

import asyncio
import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.request_limits import MEGABYTE
from tests.config.live_page import live_server

pytestmark = pytest.mark.django_db(transaction=True)
SMALL = (
    "/login/",
    "/hooks/stripe/",
    "/p/riverside/",
    "/stay/x/checkout/",
    "/language/",
    "/nowhere/",
)
CHUNK = b"a" * 65_536


@pytest.fixture(scope="module")
def host(django_db_setup: None) -> Iterator[str]:
    with live_server() as address:
        yield address


@pytest.fixture
def connection(host: str) -> Iterator[socket.socket]:
    name, port = host.split(":")
    with socket.create_connection((name, int(port)), timeout=20) as found:
        yield found


def head(path: str, *lines: str) -> bytes:
    return "\r\n".join((f"POST {path} HTTP/1.1", "Host: localhost", *lines, "", "")).encode()


def status(connection: socket.socket) -> int:
    """Read the answer's first line; 0 if the server ended the connection."""
    line = connection.makefile("rb").readline()
    return int(line.split()[1]) if line else 0


def send_chunked(connection: socket.socket, path: str, size: int) -> int:
    """Send a body of unknown length until it is complete or refused; return what was sent."""
    connection.sendall(head(path, "Transfer-Encoding: chunked"))
    sent = 0
    connection.setblocking(False)
    while sent < size:
        connection.settimeout(20)
        try:
            connection.sendall(b"%x\r\n%s\r\n" % (len(CHUNK), CHUNK))
        except OSError:
            return sent
        sent += len(CHUNK)
        connection.settimeout(0)
        try:
            if connection.recv(1, socket.MSG_PEEK):
                connection.settimeout(20)
                return sent
        except BlockingIOError:
            pass
    connection.settimeout(20)
    connection.sendall(b"0\r\n\r\n")
    return sent


@pytest.mark.parametrize("path", SMALL)
@pytest.mark.parametrize("size", [MEGABYTE + 1, 700 * MEGABYTE])
def test_an_announced_body_is_refused_before_any_of_it_is_sent(connection, path, size):
    connection.sendall(head(path, f"Content-Length: {size}"))
    assert status(connection) == 413


@pytest.mark.parametrize("size", [20 * MEGABYTE + 1, 700 * MEGABYTE])
def test_twenty_megabytes_are_the_limit_of_the_console(connection, size):
    connection.sendall(head("/s/riverside/devices/", f"Content-Length: {size}"))
    assert status(connection) == 413


def test_a_client_that_asks_first_is_refused_instead_of_told_to_continue(connection):
    connection.sendall(
        head("/hooks/stripe/", f"Content-Length: {700 * MEGABYTE}", "Expect: 100-continue")
    )
    assert status(connection) == 413


@pytest.mark.parametrize("path", SMALL)
def test_a_chunked_body_is_refused_while_it_arrives(connection, path):
    sent = send_chunked(connection, path, 700 * MEGABYTE)
    assert status(connection) == 413
    assert sent < 20 * MEGABYTE


def test_a_chunked_body_of_the_console_is_refused_above_twenty_megabytes(connection):
    sent = send_chunked(connection, "/s/riverside/devices/", 100 * MEGABYTE)
    assert status(connection) == 413
    assert sent > 20 * MEGABYTE


def test_a_refused_body_is_not_written_to_disk(host, tmp_path: Path, monkeypatch, connection):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    connection.sendall(head("/login/", f"Content-Length: {700 * MEGABYTE}") + CHUNK * 16)
    assert status(connection) == 413
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("path", "size"), [("/login/", MEGABYTE), ("/s/riverside/devices/", 20 * MEGABYTE)]
)
def test_a_body_within_the_limit_reaches_its_page(connection, path, size):
    connection.sendall(head(path, f"Content-Length: {size}", "Content-Type: text/plain"))
    connection.sendall(b"a" * size)
    assert status(connection) in (302, 403)


def test_a_head_that_never_ends_ends_the_connection(host, settings):
    settings.HTTP_HEAD_TIMEOUT_S = 0.3
    name, port = host.split(":")
    for beginning in (b"", b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: "):
        with socket.create_connection((name, int(port)), timeout=20) as connection:
            connection.sendall(beginning)
            assert status(connection) == 0


def test_bytes_that_trickle_do_not_extend_the_time_for_the_head(host, settings):
    settings.HTTP_HEAD_TIMEOUT_S = 0.5
    name, port = host.split(":")
    with socket.create_connection((name, int(port)), timeout=0.1) as connection:
        sent = trickle(connection)
    assert sent < 50


def trickle(connection: socket.socket) -> int:
    """Send a byte of a head about every 0.1 s, until the connection ends; return how many."""
    for count in range(200):
        try:
            connection.sendall(b"G")
            if not connection.recv(1):
                return count
        except TimeoutError:
            continue
        except OSError:
            return count
    return 200


def test_a_second_request_of_a_connection_has_the_same_time_for_its_head(connection, settings):
    settings.HTTP_HEAD_TIMEOUT_S = 0.3
    answer = connection.makefile("rb")
    connection.sendall(b"GET /nowhere/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert b" 404 " in answer.readline()
    connection.sendall(b"GET /nowhere/ HTTP/1.1\r\nHost:")
    while answer.readline():
        pass
    assert answer.read() == b""


def test_a_body_that_never_arrives_is_answered_408(connection, settings):
    settings.HTTP_BODY_TIMEOUT_S = 0.3
    connection.sendall(head("/login/", "Content-Length: 10") + b"a")
    assert status(connection) == 408


async def disconnected(receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def test_a_client_that_reads_nothing_of_a_long_answer_is_cut_off(settings):
    settings.HTTP_WRITE_TIMEOUT_S = 0.3
    ended = threading.Event()

    async def endless(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        gone = asyncio.create_task(disconnected(receive))
        while not gone.done():
            await send({"type": "http.response.body", "body": CHUNK, "more_body": True})
            await asyncio.sleep(0)
        ended.set()

    with live_server(endless, lifespan="off", timeout_graceful_shutdown=1) as host:
        name, port = host.split(":")
        with socket.create_connection((name, int(port)), timeout=20) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert ended.wait(20)
