"""TLS at the broker and at the appliance's web server, with a generated or a given certificate."""

import http.client
import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from config import checks
from config.appliance import runtime
from config.appliance.certificates import RENEW_BEFORE, SERVER_LIFE, expires_in, server_files
from config.appliance.places import CODE, Home
from config.appliance.programs import web
from config.appliance.runtime import Choices, Plan, SettingError
from core import clock
from tests.config.running import Appliance, eventually
from tests.ports import free_port


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def context(authority: Path) -> ssl.SSLContext:
    """What a device uses that trusts the authority alone."""
    return ssl.create_default_context(cafile=str(authority))


def greet(files: tuple[Path, Path], authority: Path, name: str) -> None:
    """Make a TLS handshake with a server that uses the files, over a pair of sockets."""
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_context.load_cert_chain(*map(str, files))
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = server_context.wrap_bio(to_server, to_client, server_side=True)
    client = context(authority).wrap_bio(to_client, to_server, server_hostname=name)
    for _ in range(6):
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1", "gates.example.org", "10.9.8.7"])
def test_the_generated_certificate_is_valid_for_each_name_of_the_machine(home, name):
    files = server_files(home, {"gates.example.org", "10.9.8.7"})
    greet(files, home.tls / "ca.crt", name)


@pytest.mark.parametrize("name", ["elsewhere.example.org", "10.9.8.8"])
def test_it_is_valid_for_no_other_name(home, name):
    files = server_files(home, {"gates.example.org", "10.9.8.7", "", "a..b"})
    with pytest.raises(ssl.SSLCertVerificationError):
        greet(files, home.tls / "ca.crt", name)


def test_keys_are_readable_by_their_owner_only(home):
    server_files(home, ())
    assert home.tls.stat().st_mode & 0o777 == 0o700
    assert {each.stat().st_mode & 0o077 for each in home.tls.glob("*.key")} == {0}


def test_the_certificate_is_kept_until_names_or_time_require_another(home, monkeypatch):
    certificate, _key = server_files(home, {"one.example.org"})
    authority, first = (home.tls / "ca.crt").read_bytes(), certificate.read_bytes()
    server_files(home, {"one.example.org"})
    assert certificate.read_bytes() == first
    server_files(home, {"one.example.org", "two.example.org"})
    second = certificate.read_bytes()
    assert second != first
    later = clock.now() + SERVER_LIFE - RENEW_BEFORE + timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    server_files(home, {"one.example.org"})
    assert certificate.read_bytes() != second
    assert (home.tls / "ca.crt").read_bytes() == authority


def test_doctor_reports_a_certificate_that_expires(home, monkeypatch, settings):
    settings.CERTIFICATE = "generated"
    server_files(home, ())
    assert [each.ok for each in checks.certificates(home)] == [True]
    later = clock.now() + SERVER_LIFE - timedelta(days=5)
    monkeypatch.setattr(clock, "now", lambda: later)
    (found,) = checks.certificates(home)
    assert str(found).startswith("WRONG  certificate  of the web server: 4 days left.")


@pytest.mark.parametrize("name", ["GATEHOUSE_CERTIFICATE", "GATEHOUSE_MQTT_CERTIFICATE"])
@pytest.mark.parametrize("missing", ["", "_KEY"])
def test_a_certificate_or_key_that_is_no_file_is_refused(home, tmp_path, name, missing):
    file = tmp_path / "file.pem"
    file.touch()
    environment = {name: str(file), f"{name}_KEY": str(file), f"{name}{missing}": "/nowhere.pem"}
    with pytest.raises(SettingError, match=f"{name}{missing}=/nowhere.pem"):
        Plan.of(home, Choices(environment, {}))


@pytest.fixture
def appliance() -> Iterator[Callable[..., Appliance]]:
    started: list[Appliance] = []

    def start(**environment: str) -> Appliance:
        started.append(Appliance(GATEHOUSE_BROKER="mosquitto", **environment))
        return started[-1].up()

    yield start
    for each in started:
        each.clear_away()


needs_mosquitto = pytest.mark.skipif(
    not shutil.which("mosquitto", path="/usr/sbin:/usr/bin"), reason="mosquitto is not installed"
)


def signs_in(port: int, authority: Path, password: str) -> bool:
    """Connect to the broker with TLS, as the account of the backend."""
    answers: list[bool] = []
    client = paho.Client(CallbackAPIVersion.VERSION2, reconnect_on_failure=False)
    client.tls_set_context(context(authority))
    client.username_pw_set("backend", password)
    client.on_connect = lambda _c, _u, _f, code, _p: answers.append(not code.is_failure)
    client.connect("127.0.0.1", port)
    client.loop_start()
    assert eventually(lambda: answers)
    client.disconnect()
    client.loop_stop()
    return answers[0]


def first_byte_of_plain_login(port: int) -> bytes:
    """Send an MQTT login without TLS; nothing is returned if the broker ends the connection."""
    with socket.create_connection(("127.0.0.1", port), 5) as plain:
        plain.sendall(b"\x10\x0c\x00\x04MQTT\x04\x02\x00<\x00\x00")
        try:
            return plain.recv(4)[:1]
        except ConnectionError:
            return b""


@pytest.mark.faults
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1")
@needs_mosquitto
def test_the_broker_listens_with_a_generated_certificate(appliance):
    running = appliance()
    authority = running.home.tls / "ca.crt"
    password = runtime.read(running.home)["GATEHOUSE_BROKER_PASSWORD"]
    assert signs_in(running.tls_port, authority, password)
    assert not signs_in(running.tls_port, authority, "guess")
    assert first_byte_of_plain_login(running.tls_port) != b"\x20", "it accepted one without TLS"
    old = context(authority)
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with (
        socket.create_connection(("127.0.0.1", running.tls_port), 5) as raw,
        pytest.raises((ssl.SSLError, ConnectionError)),
    ):
        old.wrap_socket(raw, server_hostname="localhost")


@pytest.mark.faults
@needs_mosquitto
def test_the_broker_uses_a_given_certificate(appliance, home):
    certificate, key = server_files(home, ())
    running = appliance(
        GATEHOUSE_MQTT_CERTIFICATE=str(certificate), GATEHOUSE_MQTT_CERTIFICATE_KEY=str(key)
    )
    password = runtime.read(running.home)["GATEHOUSE_BROKER_PASSWORD"]
    assert signs_in(running.tls_port, home.tls / "ca.crt", password)
    assert not running.home.tls.exists()


@pytest.mark.faults
@needs_mosquitto
def test_a_port_that_was_not_chosen_and_is_taken_costs_the_listener_with_tls_only(appliance):
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", 8883))
            taken.listen()
        except OSError:
            pass  # another program has it, which is as good
        running = appliance(GATEHOUSE_MQTT_TLS_PORT="")
    assert running.has_printed("The broker listens without TLS only. Port 8883")


@pytest.mark.parametrize("given", [False, True])
def test_the_web_server_speaks_https_with_strict_transport_security(home, tmp_path, given):
    other = Home(tmp_path / "other")
    environment = {"GATEHOUSE_CERTIFICATE": "generated", "GATEHOUSE_PORT": str(free_port())}
    if given:
        certificate, key = server_files(other, ())
        environment |= {
            "GATEHOUSE_CERTIFICATE": str(certificate),
            "GATEHOUSE_CERTIFICATE_KEY": str(key),
        }
    plan = Plan.of(home, Choices(environment, {}))
    assert plan.stored_values("")["GATEHOUSE_PUBLIC_URL"].startswith("https://127.0.0.1:")
    program = web(plan)
    process = subprocess.Popen(
        program.command,
        cwd=CODE,
        env={**os.environ, **environment, "GATEHOUSE_PUBLIC_URL": plan.web_address},
        stderr=subprocess.DEVNULL,
    )
    try:
        assert eventually(lambda: answers(plan.web_port), 60)
        authority = (other if given else home).tls / "ca.crt"
        connection = http.client.HTTPSConnection(
            "127.0.0.1", plan.web_port, context=context(authority), timeout=20
        )
        connection.request("GET", "/hooks/stripe/")
        answer = connection.getresponse()
        assert answer.status == 405
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    finally:
        process.terminate()
        process.wait(60)


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_generated_certificate_lasts_long_enough_to_be_noticed(home):
    certificate, _key = server_files(home, ())
    assert expires_in(certificate) > timedelta(days=800)
