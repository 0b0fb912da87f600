"""The MQTT session: no message is lost, acknowledged before its commit, or sent twice."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from config.appliance.broker import find_mosquitto
from devices.link import Address, AddressError, Message, Session, client
from devices.link import session as link
from tests.devices.broker import Broker, eventually

client_default = client.KEEPALIVE_S


def listen(broker: Broker, client_id: str = "listener", *topics: str) -> Session:
    """A session that the broker knows."""
    session = Session(broker.url, client_id, list(topics or ["up/#"]))
    assert eventually(lambda: session.receive(0, 0.01) or session.connected)
    return session


@pytest.fixture
def session(broker) -> Iterator[Session]:
    made = listen(broker)
    yield made
    made.stop()


def take(session: Session, n: int) -> list[Message]:
    """Wait for so many messages, and a little for one too many."""
    got: list[Message] = []
    eventually(lambda: got.extend(session.receive(100, 0.1)) or len(got) >= n)
    return got + session.receive(100, 0.1)


def payloads(messages: list[Message]) -> list[bytes]:
    return [message.payload for message in messages]


def test_messages_come_in_order_and_once_when_they_are_acknowledged(broker, session, device):
    for n in range(50):
        device.publish("up/a", str(n).encode())
    messages = take(session, 50)
    assert payloads(messages) == [str(n).encode() for n in range(50)]
    session.ack(messages)
    session.stop()
    assert take(listen(broker), 0) == []


def test_what_was_not_acknowledged_comes_again_to_the_next_of_the_same_name(
    broker, session, device
):
    for n in range(4):
        device.publish("up/a", str(n).encode())
    messages = take(session, 4)
    session.ack(messages[:2])
    session.stop()
    assert payloads(take(listen(broker), 2)) == [b"2", b"3"]


def test_a_session_follows_when_what_it_listens_to_changes(broker, session, device):
    session.subscribe_only(["other/#", "more/a"])
    assert eventually(lambda: session.receive(0, 0.01) or session.connected)
    for topic in ("up/a", "other/a", "more/a"):
        device.publish(topic, topic.encode())
    assert payloads(take(session, 2)) == [b"other/a", b"more/a"]


def test_messages_wait_while_no_process_listens(broker, session, device):
    session.stop()
    device.publish("up/a", b"waited")
    assert payloads(take(listen(broker), 1)) == [b"waited"]


@pytest.mark.faults
def test_a_killed_broker_keeps_what_was_not_acknowledged(broker, session, device):
    device.publish("up/a", b"kept")
    messages = take(session, 1)
    # mosquitto writes its store once a second here.
    assert eventually(lambda: b"kept" in _store(broker))
    broker.stop(signal.SIGKILL)
    assert eventually(lambda: session.receive(1, 0.05) or not session.connected)
    broker.start()
    session.ack(messages)  # of the connection that is gone: passed over
    assert payloads(take(session, 1)) == [b"kept"]


def _store(broker: Broker) -> bytes:
    path = broker.folder / "mosquitto.db"
    return path.read_bytes() if path.exists() else b""


def test_a_lost_connection_empties_what_was_not_taken_yet(broker, session, device):
    for n in range(3):
        device.publish("up/a", str(n).encode())
    assert eventually(lambda: session.receive(1, 0.05))
    broker.stop()
    assert eventually(lambda: session.receive(1, 0.05) == [] and not session.connected)
    broker.start()
    assert eventually(lambda: session.receive(0, 0.05) or session.connected)
    assert payloads(take(session, 3)) == [b"0", b"1", b"2"]


def test_a_message_is_published_before_publish_returns(broker, session, device):
    assert session.publish("down/a", b"open", expiry=5)
    assert eventually(lambda: device.got == [("down/a", b"open")])


def test_nothing_is_published_without_a_broker_nor_sent_when_it_is_back(broker, session, device):
    broker.stop()
    assert eventually(lambda: session.receive(1, 0.05) == [] and not session.connected)
    assert session.publish("down/a", b"open") is False
    broker.start()
    assert eventually(lambda: session.receive(0, 0.05) or session.connected)
    assert eventually(lambda: device.paho.is_connected())
    session.publish("down/a", b"close")
    assert eventually(lambda: device.got)
    assert device.got == [("down/a", b"close")]


def test_take_returns_early_when_something_else_can_be_read(session):
    here, there = socket.socketpair()
    with here, there:
        there.send(b"!")
        assert session.receive(1, 3600, wake_on=[here]) == []


def test_lingering_gathers_what_comes_after_the_first(session, device):
    device.publish("up/a", b"0")
    got = session.receive(100, 10, linger=0.0)
    assert payloads(got) == [b"0"]
    for n in range(5):
        device.paho.publish("up/a", str(n).encode(), qos=1)
    assert len(session.receive(5, 10, linger=10)) == 5


def test_no_more_are_taken_than_were_asked_for(session, device):
    for n in range(5):
        device.publish("up/a", str(n).encode())
    first = session.receive(2, 10, linger=1.0)
    assert payloads(first) == [b"0", b"1"]
    assert payloads(take(session, 3)) == [b"2", b"3", b"4"]


def test_large_messages_fill_the_socket_rather_than_the_memory(
    broker, session, device, monkeypatch
):
    monkeypatch.setattr(link, "MAX_BUFFERED_BYTES", 1000)
    for n in range(6):
        device.publish("up/a", bytes([n]) * 100_000)
    got = []
    while batch := session.receive(1, 1):
        session.ack(batch)
        got += batch
    assert [message.payload[0] for message in got] == list(range(6))


def test_a_retained_message_comes_once_to_a_session_that_the_broker_knows(broker, device):
    device.publish("up/state", b"online", retain=True)
    first = listen(broker, "newcomer")
    (message,) = take(first, 1)
    assert (message.payload, message.retained) == (b"online", True)
    first.ack([message])
    first.stop()
    assert take(listen(broker, "newcomer"), 0) == []


def test_a_broker_without_mqtt_5_is_spoken_to_in_3_1_1(monkeypatch, device, broker):
    monkeypatch.setattr(link, "ANSWER_TIMEOUT_S", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        session = Session(f"mqtt://127.0.0.1:{deaf.getsockname()[1]}", "old", ["up/#"])
        asked = [_protocol_level(deaf, session) for _ in range(2)]
        assert asked == [5, 4]


def test_the_version_that_was_accepted_last_is_tried_first(monkeypatch, tmp_path):
    monkeypatch.setattr(link, "ANSWER_TIMEOUT_S", 0.05)
    monkeypatch.setattr(link, "LONGEST_PAUSE_S", 0.1)
    broker = Broker(tmp_path).start()
    session = listen(broker)
    broker.stop()
    assert eventually(lambda: session.receive(0, 0.01) or not session.connected)
    with socket.create_server(("127.0.0.1", broker.port)) as deaf:
        assert [_protocol_level(deaf, session) for _ in range(5)] == [5, 5, 5, 4, 5]
    session.stop()


@pytest.mark.faults
def test_a_frozen_broker_is_noticed_within_twice_the_keepalive(monkeypatch, broker):
    monkeypatch.setattr(client, "KEEPALIVE_S", 1)
    session = listen(broker)
    os.kill(broker.process.pid, signal.SIGSTOP)
    began = time.monotonic()
    try:
        assert eventually(lambda: session.receive(0, 0.05) or not session.connected)
    finally:
        os.kill(broker.process.pid, signal.SIGCONT)
    assert time.monotonic() - began < 4
    assert client_default == 10
    assert eventually(lambda: session.receive(0, 0.01) or session.connected)


def test_a_session_that_is_read_too_slowly_is_not_taken_for_lost(monkeypatch, broker, device):
    monkeypatch.setattr(client, "KEEPALIVE_S", 1)
    monkeypatch.setattr(link, "MAX_BUFFERED_BYTES", 1)
    session = listen(broker)
    device.publish("up/a", bytes(100_000))
    device.publish("up/a", b"2")
    until = time.monotonic() + 3.5
    while time.monotonic() < until:
        session.receive(0, 0.05)
    assert (session.generation, session.connected) == (0, True)
    assert len(take(session, 2)) == 2


def _protocol_level(server: socket.socket, session: Session) -> int:
    """Let the session connect to a broker that never answers; the version it asked for."""
    server.settimeout(0.01)
    connection = None
    while connection is None:
        session.receive(0, 0.01)
        try:
            connection, _ = server.accept()
        except TimeoutError:
            continue
    with connection:
        return connection.recv(100)[8]


def test_an_encrypted_link_carries_large_messages_both_ways(tmp_path, monkeypatch):
    if find_mosquitto() is None:
        pytest.skip("mosquitto is not installed: the link is not tried against a real broker")
    names = write_certificate(tmp_path)
    broker = Broker(tmp_path, f"certfile {names[0]}", f"keyfile {names[1]}").start()
    monkeypatch.setenv("SSL_CERT_FILE", str(names[0]))
    session = Session(f"mqtts://localhost:{broker.port}", "listener", ["up/#"])
    assert eventually(lambda: session.receive(0, 0.01) or session.connected)
    large = bytes(range(256)) * 8_000
    assert session.publish("up/a", large)
    (message,) = take(session, 1)
    assert message.payload == large
    session.stop()
    broker.stop()


def write_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate that vouches for itself, for this machine; its files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "broker.pem", folder / "broker.key"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("mqtt://here", Address("here", 1883)),
        ("mqtts://here", Address("here", 8883, tls=True)),
        ("mqtt://a%40b:p%3Aq@here:1884", Address("here", 1884, False, "a@b", "p:q")),
    ],
)
def test_an_address_is_read(url, address):
    assert Address.of(url) == address


@pytest.mark.parametrize("url", ["", "here:1883", "http://here", "mqtt://", "mqtt://here:port"])
def test_what_is_no_address_is_refused_with_the_hint(url):
    with pytest.raises(AddressError, match="mqtt://user:password@host:1883"):
        Address.of(url)


def test_a_refused_address_never_shows_the_password():
    with pytest.raises(AddressError) as refused:
        Address.of("amqp://backend:secret@here")
    assert "secret" not in str(refused.value)
