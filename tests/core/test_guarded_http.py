"""Requests to addresses that people enter reach what is allowed, and nothing else."""

import os
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from core.egress_proxy import EgressProxy, parse_proxy
from core.guarded_http import (
    ClientCertificate,
    GuardedHttp,
    Limits,
    NoAnswerError,
    NotAllowedError,
    guarded,
    require_authorities,
    require_certificate,
)
from core.network_rules import parse_networks
from tests import certificates, proxies, receiver
from tests.ports import free_port
from tests.proxies import Proxy
from tests.receiver import Receiver, Reply

LOCAL = parse_networks(["127.0.0.0/8"])
LAB = GuardedHttp(LOCAL, plain_http=True)


@pytest.fixture
def server() -> Iterator[Receiver]:
    with receiver.running() as running:
        yield running


def resolving_to(*answers: list[str]):
    """A name server that gives another answer at each question; the last one stays."""
    left = list(answers)

    def resolver(host: str, port: int) -> list[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return resolver


def test_a_request_arrives_with_its_body_and_host(server: Receiver) -> None:
    client = GuardedHttp(LOCAL, plain_http=True, resolver=resolving_to(["127.0.0.1"]))
    server.answer = lambda request: Reply(200, {"X-Note": "yes"}, b"thanks")
    url = server.url("/a/b?c=d", "feed.example")
    answer = client.request("POST", url, body=b"{}", headers={"X-Sent": "1"})
    assert (answer.status, answer.headers["x-note"], answer.body) == (200, "yes", b"thanks")
    (request,) = server.received
    assert (request.method, request.path, request.body) == ("POST", "/a/b?c=d", b"{}")
    assert request.headers["host"] == f"feed.example:{server.port}"
    assert request.headers["x-sent"] == "1"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "017700000001",
        "0177.0.0.1",
        "127.1",
        "0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "localhost",
        "169.254.169.254",
        "[fe80::1%25lo]",
    ],
)
def test_no_spelling_of_this_machine_is_connected_to(server: Receiver, host: str) -> None:
    client = GuardedHttp(plain_http=True, ports=frozenset({server.port}))
    with pytest.raises(NotAllowedError):
        client.request("GET", f"http://{host}:{server.port}/")
    assert server.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "//127.0.0.1/",
        "http://",
        "http://user:secret@127.0.0.1/",
        "http://127.0.0.1/#part",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1 .example/",
        "http://127.0.0.1/\r\nX: y",
        "http://exa\u3002mple/",
    ],
)
def test_malformed_addresses_are_refused(url: str) -> None:
    with pytest.raises(NotAllowedError):
        LAB.request("GET", url)


def test_plain_http_is_for_laboratories_and_allowed_networks_only(server: Receiver) -> None:
    with pytest.raises(NotAllowedError, match="only https"):
        GuardedHttp(LOCAL).request("GET", server.url())
    public = GuardedHttp(LOCAL, plain_http=True, resolver=resolving_to(["8.8.8.8"]))
    with pytest.raises(NotAllowedError, match="own networks"):
        public.check("http://feed.example/")


def test_only_listed_ports_of_public_addresses_are_used() -> None:
    client = GuardedHttp(LOCAL, resolver=resolving_to(["8.8.8.8"]))
    assert client.check("https://feed.example/") == ["8.8.8.8"]
    with pytest.raises(NotAllowedError, match="port"):
        client.check("https://feed.example:9000/")
    with pytest.raises(NotAllowedError, match="port"):
        LAB.check("http://127.0.0.1:22/")


def test_each_address_of_a_name_must_be_allowed(server: Receiver) -> None:
    mixed = resolving_to(["127.0.0.1", "10.0.0.1"])
    with pytest.raises(NotAllowedError):
        GuardedHttp(LOCAL, plain_http=True, resolver=mixed).request("GET", server.url("/", "a.b"))
    assert server.connections == 0


def test_a_name_that_changes_its_address_is_resolved_once(server: Receiver) -> None:
    """DNS rebinding: the second answer would lead to another machine."""
    changing = resolving_to(["127.0.0.1"], ["127.0.0.2"], ["10.0.0.1"])
    client = GuardedHttp(LOCAL, plain_http=True, resolver=changing)
    assert client.request("GET", server.url("/", "feed.example")).address == "127.0.0.1"
    forbidden = resolving_to(["10.0.0.1"], ["127.0.0.1"])
    with pytest.raises(NotAllowedError):
        GuardedHttp(LOCAL, plain_http=True, resolver=forbidden).request("GET", server.url("/", "a"))
    assert len(server.received) == 1


def test_the_next_address_is_tried_when_one_does_not_accept(server: Receiver) -> None:
    client = GuardedHttp(LOCAL, plain_http=True, resolver=resolving_to(["127.0.0.9", "127.0.0.1"]))
    assert client.request("GET", server.url("/", "feed.example")).address == "127.0.0.1"


def test_a_redirect_is_returned_and_not_followed(server: Receiver) -> None:
    server.answer = lambda request: Reply(302, {"Location": server.url("/other")})
    assert LAB.request("GET", server.url()).status == 302
    assert [each.path for each in server.received] == ["/hook"]


def test_proxies_of_the_environment_are_ignored(
    server: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("NETRC", os.devnull)
    assert LAB.request("GET", server.url()).status == 204


def through(proxy: Proxy, **values: object) -> GuardedHttp:
    """A client of the laboratory whose requests leave through the proxy."""
    asked = parse_proxy(f"http://gate:p%40ss@127.0.0.1:{proxy.port}")
    return GuardedHttp(LOCAL, plain_http=True, proxy=asked, **values)  # type: ignore[arg-type]


def test_a_proxy_is_asked_for_the_checked_address_and_never_for_the_name(tmp_path: Path) -> None:
    """It would resolve a name again, and connect to whatever the name server answers then."""
    context, pem = receiver.tls(tmp_path, "feed.example")
    changing = resolving_to(["127.0.0.1"], ["10.0.0.1"])
    with receiver.running(context) as server, proxies.running() as proxy:
        client = through(proxy, ca_pem=pem, resolver=changing)
        answer = client.request("POST", server.url("/", "feed.example"), body=b"{}")
        assert (answer.status, answer.address) == (204, "127.0.0.1")
        assert proxy.asked == [f"127.0.0.1:{server.port}"]
        assert proxy.headers[0]["proxy-authorization"] == "Basic Z2F0ZTpwQHNz"
        (request,) = server.received
        assert request.headers["host"] == f"feed.example:{server.port}"
        assert "proxy-authorization" not in request.headers
        with pytest.raises(NotAllowedError):
            client.request("GET", server.url("/", "feed.example"))
        assert len(proxy.asked) == 1, "what the guard refuses does not reach the proxy"
        other = through(proxy, ca_pem=pem, resolver=resolving_to(["127.0.0.1"]))
        with pytest.raises(NoAnswerError) as caught:
            other.request("GET", server.url("/", "other.example"))
        assert caught.value.code == "tls", "the name is verified through the tunnel"


def test_plain_http_and_ipv6_go_through_the_tunnel_too(server: Receiver) -> None:
    with proxies.running() as proxy:
        assert through(proxy).request("GET", server.url()).status == 204
        assert server.received[0].path == "/hook"
        proxy.refuses = True
        client = replace(through(proxy), allowed_networks=parse_networks(["::1/128"]))
        with pytest.raises(NoAnswerError) as caught:
            client.request("GET", f"http://[::1]:{server.port}/")
        assert caught.value.code == "proxy_refused"
        assert proxy.asked[-1] == f"[::1]:{server.port}"


def test_without_the_proxy_nothing_leaves(server: Receiver) -> None:
    client = GuardedHttp(LOCAL, plain_http=True, proxy=EgressProxy("127.0.0.1", free_port()))
    with pytest.raises(NoAnswerError) as caught:
        client.request("GET", server.url())
    assert caught.value.code == "no_connection"
    assert server.connections == 0


def test_a_proxy_that_does_not_answer_is_left_in_time(server: Receiver) -> None:
    with proxies.running(hangs=True) as proxy:
        client = through(proxy, limits=Limits(connect_s=0.2))
        with pytest.raises(NoAnswerError) as caught:
            client.request("GET", server.url())
    assert caught.value.code == "timed_out"


def test_the_installation_has_one_proxy_for_feeds(settings) -> None:
    settings.OUTGOING_PROXY = parse_proxy("http://[::1]:4750/")
    assert guarded().proxy == EgressProxy("::1", 4750)
    settings.OUTGOING_PROXY = parse_proxy("")
    assert guarded().proxy is None


@pytest.mark.parametrize(
    "text",
    [
        "proxy",
        "127.0.0.1:4750",
        "https://proxy:4750",
        "http://proxy",
        "http://proxy:x",
        "http://proxy:4750/path",
        "http://:4750",
        "socks5://proxy:1080",
        "http://a b:1",
    ],
)
def test_a_malformed_proxy_is_refused_at_the_start(text: str) -> None:
    with pytest.raises(ValueError, match="outgoing proxy"):
        parse_proxy(text)


def test_a_long_answer_is_cut(server: Receiver) -> None:
    server.answer = lambda request: Reply(200, body=b"x" * 200_000)
    client = GuardedHttp(LOCAL, plain_http=True, limits=Limits(answer_bytes=1000))
    answer = client.request("GET", server.url())
    assert (len(answer.body), answer.is_cut) == (1000, True)


def test_a_server_that_does_not_answer_is_left_in_time(server: Receiver) -> None:
    server.answer = lambda request: Reply(hangs=True)
    client = GuardedHttp(LOCAL, plain_http=True, limits=Limits(read_s=0.2))
    with pytest.raises(NoAnswerError) as caught:
        client.request("GET", server.url())
    assert caught.value.code == "timed_out"


@contextmanager
def dripping(first: bytes) -> Iterator[int]:
    """A server that sends one byte at a time, so that no single read takes long."""
    ends = threading.Event()

    def drip(listener: socket.socket) -> None:
        connection, _address = listener.accept()
        connection.sendall(first)
        while not ends.wait(0.02):
            try:
                connection.sendall(b"a")
            except OSError:
                return

    with socket.create_server(("127.0.0.1", free_port())) as listener:
        thread = threading.Thread(target=drip, args=[listener])
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            ends.set()
            thread.join()


@pytest.mark.parametrize(
    "first", [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"]
)
def test_a_server_that_drips_its_answer_is_left_in_time(first: bytes) -> None:
    client = GuardedHttp(LOCAL, plain_http=True, limits=Limits(read_s=5, total_s=0.4))
    with dripping(first) as port, pytest.raises(NoAnswerError):
        client.request("GET", f"http://127.0.0.1:{port}/")


def test_no_connection_and_no_name_are_no_answer() -> None:
    with pytest.raises(NoAnswerError) as refused:
        LAB.request("GET", f"http://127.0.0.1:{free_port()}/")
    assert refused.value.code == "no_connection"

    def fails(host: str, port: int) -> list[str]:
        raise socket.gaierror("no such name")

    with pytest.raises(NoAnswerError) as unknown:
        GuardedHttp(resolver=fails).request("GET", "https://feed.example/")
    assert unknown.value.code == "not_resolved"


def test_the_name_is_verified_although_the_address_is_pinned(tmp_path: Path) -> None:
    context, pem = receiver.tls(tmp_path, "feed.example")
    with receiver.running(context) as server:
        own = {"ca_pem": pem, "resolver": resolving_to(["127.0.0.1"])}
        answer = GuardedHttp(LOCAL, **own).request("GET", server.url("/", "feed.example"))
        assert answer.status == 204
        for client, host in (
            (GuardedHttp(LOCAL, **own), "other.example"),
            (GuardedHttp(LOCAL, resolver=resolving_to(["127.0.0.1"])), "feed.example"),
        ):
            with pytest.raises(NoAnswerError) as caught:
                client.request("GET", server.url("/", host))
            assert caught.value.code == "tls"
        assert len(server.received) == 1


def test_a_client_certificate_is_presented(tmp_path: Path) -> None:
    context, pem = receiver.tls(tmp_path, "feed.example")
    key = certificates.new_key()
    own = ClientCertificate(certificates.certificate(key, "gatehouse"), certificates.written(key))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=own.certificate_pem)
    names = {"ca_pem": pem, "resolver": resolving_to(["127.0.0.1"])}
    with receiver.running(context) as server:
        url = server.url("/", "feed.example")
        answer = GuardedHttp(LOCAL, client_certificate=own, **names).request("GET", url)
        assert answer.status == 204
        with pytest.raises(NoAnswerError):
            GuardedHttp(LOCAL, **names).request("GET", url)


def test_certificates_are_validated_when_they_are_entered() -> None:
    key, other = certificates.new_key(), certificates.new_key()
    pem = certificates.certificate(key, "gatehouse")
    require_certificate(ClientCertificate(pem, certificates.written(key)))
    require_authorities(pem)
    for wrong in (
        ClientCertificate(pem, certificates.written(other)),
        ClientCertificate(pem, "no key"),
        ClientCertificate("no certificate", certificates.written(key)),
    ):
        with pytest.raises(ValueError, match=r"."):
            require_certificate(wrong)
    with pytest.raises(ValueError, match=r"."):
        require_authorities("nothing")
