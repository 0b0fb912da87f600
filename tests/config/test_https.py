"""HTTPS chosen in the console: the certificate is checked, stored, and used after a restart."""

import os
import ssl
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from config import checks
from config.appliance import records, restarts, web_certificate
from config.appliance.broker_address import BrokerAddress, Reach
from config.appliance.places import Home
from config.appliance.programs import web
from config.appliance.runtime import Choices, Plan
from config.appliance.supervisor import SUPERVISOR
from core.models import AuditEntry
from tests.browsers import signed_in, text
from tests.certificates import certificate, new_key, written
from tests.config.running import Appliance, eventually
from tests.factories import SiteFactory, UserFactory

HOST = "gates.example.org"


@pytest.fixture
def home(settings: Any) -> Home:
    """The home of an appliance whose supervisor runs: it is this test's process."""
    home = Home.at(settings.HOME)
    home.create()
    settings.PUBLIC_URL, settings.HTTPS, settings.CERTIFICATE = f"http://{HOST}:8000", False, ""
    supervise(home)
    return home


@pytest.fixture
def administrator(db: None) -> Client:
    SiteFactory(slug="harbour")
    return signed_in(UserFactory(is_superuser=True))


def supervise(home: Home, **facts: str) -> None:
    records.save(home.run, SUPERVISOR, os.getpid(), **{restarts.CAN_RESTART: "yes", **facts})


def address(page: str = "") -> str:
    return f"/s/harbour/installation/https/{page}"


def pair(*names: str, **dates: timedelta) -> dict[str, str]:
    key = new_key()
    return {"certificate": certificate(key, *(names or (HOST,)), **dates), "key": written(key)}


def plan_of(home: Home, **environment: str) -> Plan:
    return Plan.of(home, Choices(environment, {}))


def test_plain_http_is_shown_with_what_it_costs(home, administrator):
    page = text(administrator.get(address()))
    assert "browsers refuse camera" in page
    assert "none: plain HTTP" in page
    assert plan_of(home).web_address.startswith("http://")


def test_an_uploaded_pair_is_used_after_the_restart_that_is_offered(home, administrator):
    assert administrator.post(address("upload/"), pair()).status_code == 204
    page = text(administrator.get(address()))
    assert HOST in page
    assert "Authority of the tests" in page
    assert f"https://{HOST}:8000" in page
    plan = plan_of(home)
    assert plan.web_address.startswith("https://")
    assert "--ssl-certfile" in web(plan).command
    assert f"https://{HOST}:8000" in text(administrator.post(address("restart/")))
    assert restarts.take_request(home) == restarts.ALL


def test_files_are_accepted_as_well_as_texts(home, administrator):
    texts = pair()
    files = {
        f"{name}_file": SimpleUploadedFile(f"{name}.pem", content.encode())
        for name, content in texts.items()
    }
    assert administrator.post(address("upload/"), files).status_code == 204
    assert web_certificate.chosen(home).certificate


def test_a_renewed_certificate_restarts_the_web_server_alone(home, administrator):
    administrator.post(address("upload/"), pair())
    supervise(home, certificate=web_certificate.digest(home, web_certificate.chosen(home)))
    assert "after a restart" not in text(administrator.get(address()))
    administrator.post(address("upload/"), pair())
    assert "after a restart of the web server." in text(administrator.get(address()))
    administrator.post(address("restart/"))
    assert restarts.take_request(home) == restarts.WEB


def test_the_key_is_stored_for_the_owner_only_and_shown_nowhere(home, administrator):
    sent = pair()
    administrator.post(address("upload/"), sent)
    _certificate, key = web_certificate.uploaded_files(home)
    assert key.stat().st_mode & 0o077 == 0
    secret = sent["key"].splitlines()[1]
    assert secret not in text(administrator.get(address()))
    wrong = {**sent, "certificate": "x"}
    assert secret not in text(administrator.post(address("upload/"), wrong))
    assert secret not in str(AuditEntry.objects.get(action="change https settings").detail)


def rejected(administrator: Client, **sent: str) -> str:
    answer = administrator.post(address("upload/"), sent)
    assert answer.status_code == 422
    return text(answer)


def test_a_key_of_another_certificate_is_rejected(home, administrator):
    sent = {**pair(), "key": written(new_key())}
    assert "The key does not belong to this certificate." in rejected(administrator, **sent)


def test_a_key_with_a_passphrase_is_rejected_with_the_command_that_removes_it(home, administrator):
    key = new_key()
    sent = {"certificate": certificate(key, HOST), "key": written(key, b"secret")}
    assert "openssl pkey" in rejected(administrator, **sent)


@pytest.mark.parametrize("name", ["certificate", "key"])
def test_what_is_not_pem_is_rejected(home, administrator, name):
    assert "in PEM format" in rejected(administrator, **{**pair(), name: "hello"})


@pytest.mark.parametrize("name", ["certificate", "key"])
def test_both_are_needed(home, administrator, name):
    assert "Choose the file" in rejected(administrator, **{**pair(), name: ""})


@pytest.mark.parametrize(
    ("dates", "words"),
    [
        ({"begins": timedelta(days=-100)}, "The certificate expired on"),
        ({"begins": timedelta(days=2)}, "The certificate is valid from"),
    ],
)
def test_a_certificate_that_is_not_valid_now_is_rejected(home, administrator, dates, words):
    assert words in rejected(administrator, **pair(**dates))


@pytest.mark.parametrize("name", [HOST, "*.example.org"])
def test_a_certificate_for_the_address_is_accepted(home, administrator, name):
    assert administrator.post(address("upload/"), pair(name)).status_code == 204


@pytest.mark.parametrize("name", ["other.example.org", "*.org", "*.gates.example.org"])
def test_a_certificate_for_another_name_has_to_be_confirmed(home, administrator, name):
    sent = pair(name)
    assert f"is for {name}, and the pages are reached as {HOST}" in rejected(administrator, **sent)
    assert administrator.post(address("upload/"), {**sent, "despite_name": "on"}).status_code == 204


def test_a_chain_in_another_order_is_put_in_order(home, administrator):
    sent, other = pair(), pair("authority.example.org")
    chain = {**sent, "certificate": other["certificate"] + sent["certificate"]}
    assert administrator.post(address("upload/"), chain).status_code == 204
    stored = web_certificate.uploaded_files(home)[0].read_text()
    assert stored.strip().startswith(sent["certificate"].strip())


def test_a_pair_that_tls_refuses_is_rejected_before_the_web_server_fails(home, administrator):
    key = new_key(1024)
    sent = {"certificate": certificate(key, HOST), "key": written(key)}
    assert "can not use this pair" in rejected(administrator, **sent)
    assert not web_certificate.chosen(home).certificate


def test_an_own_certificate_is_made_at_the_restart(home, administrator):
    assert administrator.post(address("own/")).status_code == 204
    assert "generated by this installation" in text(administrator.get(address()))
    web(plan_of(home))
    page = text(administrator.get(address()))
    assert "Gatehouse on this machine" in page
    authority = administrator.get(address("authority/"))
    assert authority.content.startswith(b"-----BEGIN CERTIFICATE-----")


def test_https_is_turned_off_and_the_key_deleted(home, administrator):
    administrator.post(address("upload/"), pair())
    assert administrator.post(address("off/")).status_code == 204
    assert not any(file.exists() for file in web_certificate.uploaded_files(home))
    assert plan_of(home).web_address.startswith("http://")


def test_the_environment_overrides_the_choice(home, administrator, settings):
    administrator.post(address("upload/"), pair())
    settings.CERTIFICATE = "generated"
    assert "Set by the environment" in text(administrator.get(address()))
    assert administrator.post(address("off/")).status_code == 422
    assert plan_of(home, GATEHOUSE_CERTIFICATE="generated").web_certificate.is_generated


def test_behind_a_proxy_there_is_nothing_to_choose(home, administrator, settings):
    settings.PUBLIC_URL, settings.HTTPS = f"https://{HOST}", True
    assert "A proxy in front has the certificate." in text(administrator.get(address()))
    assert administrator.post(address("own/")).status_code == 422


def test_an_address_with_http_that_the_operator_set_has_to_change_first(home, administrator):
    supervise(home, chosen_address=f"http://{HOST}:8000")
    assert "GATEHOUSE_PUBLIC_URL" in rejected(administrator, **pair())


def test_without_a_supervisor_the_restart_is_left_to_the_operator(home, administrator):
    records.remove(home.run, SUPERVISOR)
    administrator.post(address("upload/"), pair())
    answer = administrator.post(address("restart/"))
    assert answer.status_code == 422
    assert "Restart Gatehouse on the server." in text(answer)


def test_doctor_counts_the_days_of_the_uploaded_certificate(home):
    key = new_key()
    dates = {"begins": timedelta(days=-1), "lasts": timedelta(days=11, minutes=1)}
    web_certificate.choose_uploaded(home, certificate(key, HOST, **dates), written(key))
    (found,) = checks.certificates(home)
    assert "of the web server: 10 days left." in found.text
    assert not found.ok


@pytest.fixture
def appliance() -> Iterator[Appliance]:
    running = Appliance()
    try:
        yield running.up()
    finally:
        running.clear_away()


def get(running: Appliance, context: ssl.SSLContext) -> int:
    answer = urllib.request.urlopen(f"https://127.0.0.1:{running.web_port}/", context=context)
    return int(answer.status)


@pytest.mark.faults
def test_a_running_appliance_changes_to_https_and_back_and_where_its_broker_listens(appliance):
    home = appliance.home
    lasting = [appliance.process(name).pid for name in ("postgres", "broker")]
    key = new_key()
    own = certificate(key, "127.0.0.1")
    web_certificate.choose_uploaded(home, own, written(key))
    restarts.request_restart(home, restarts.ALL)
    https = f"https://127.0.0.1:{appliance.web_port}"
    assert eventually(lambda: appliance.has_printed(f"Gatehouse is at {https}"), 60)
    context = ssl.create_default_context(cadata=own)
    assert get(appliance, context) == 200

    renewed = certificate(key, "127.0.0.1", lasts=timedelta(days=80))
    counter = appliance.process("counter").pid
    web_certificate.choose_uploaded(home, renewed, written(key))
    restarts.request_restart(home, restarts.WEB)
    assert eventually(lambda: appliance.text.count("Gatehouse is at") == 2, 60)
    assert get(appliance, ssl.create_default_context(cadata=renewed)) == 200
    assert appliance.process("counter").pid == counter

    web_certificate.choose_none(home)
    restarts.request_restart(home, restarts.ALL)
    assert eventually(lambda: appliance.has_printed("Gatehouse is at http://"), 60)
    assert [appliance.process(name).pid for name in ("postgres", "broker")] == lasting

    BrokerAddress(Reach.PLAIN, address="10.0.7.1").store(home)
    restarts.request_restart(home, restarts.ALL)
    assert eventually(lambda: appliance.text.count("Gatehouse is at http://") == 2, 60)
    postgres, broker = (appliance.process(name).pid for name in ("postgres", "broker"))
    assert (postgres == lasting[0], broker == lasting[1]) == (True, False)
    assert f"0.0.0.0:{appliance.broker_port} " in records.load(home.run, SUPERVISOR)["broker"]
    assert appliance.stop() == 0
