"""Passkeys: a device's key signs its user in; copies, other sites and old answers are rejected."""

import json
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from django.core.cache import cache
from django.test import Client
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

from people.models import Passkey
from tests.browsers import signed_in, text
from tests.factories import BindingFactory, ResidentUserFactory

pytestmark = pytest.mark.django_db
ORIGIN = "https://gate.example"
FLAG = AuthenticatorData.FLAG
PRESENT = FLAG.UP | FLAG.UV


@dataclass
class Device:
    """A device with one key, which answers as browsers do."""

    key: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    identifier: bytes = b"a credential of a device"
    counter: int = 0
    origin: str = ORIGIN
    flags: Any = PRESENT

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        public = ES256.from_cryptography_key(self.key.public_key())
        credential = AttestedCredentialData.create(Aaguid.NONE, self.identifier, public)
        data = self._data(self.flags | FLAG.AT, bytes(credential))
        made = AttestationObject.create("none", data, {})
        client = self._client("webauthn.create", options)
        return self._answer(clientDataJSON=bytes(client), attestationObject=bytes(made))

    def get(self, options: dict[str, Any]) -> dict[str, Any]:
        self.counter += 1
        data, client = self._data(self.flags), self._client("webauthn.get", options)
        signature = self.key.sign(bytes(data) + client.hash, ec.ECDSA(SHA256()))
        return self._answer(
            clientDataJSON=bytes(client), authenticatorData=bytes(data), signature=signature
        )

    def _data(self, flags: Any, credential: bytes = b"") -> AuthenticatorData:
        host = sha256(b"gate.example").digest()
        return AuthenticatorData.create(host, flags, self.counter, credential)

    def _client(self, kind: str, options: dict[str, Any]) -> CollectedClientData:
        challenge = options["publicKey"]["challenge"]
        return CollectedClientData.create(type=kind, challenge=challenge, origin=self.origin)

    def _answer(self, **response: bytes) -> dict[str, Any]:
        encoded = {name: websafe_encode(value) for name, value in response.items()}
        own = websafe_encode(self.identifier)
        return {"id": own, "rawId": own, "type": "public-key", "response": encoded}


@pytest.fixture(autouse=True)
def _at_a_host_name(settings: Any) -> None:
    cache.clear()
    settings.PUBLIC_URL = ORIGIN
    settings.HTTPS = True


@pytest.fixture
def user():
    return ResidentUserFactory()


@pytest.fixture
def device(user) -> Device:
    device = Device()
    assert add(signed_in(user), device).status_code == 200
    return device


def add(client: Client, device: Device, **values: str) -> Any:
    options = client.get("/profile/passkeys/add/").json()
    answer = {**device.create(options), "name": "Phone", **values}
    return client.post("/profile/passkeys/add/", json.dumps(answer), "application/json")


def sign_in(client: Client, device: Device, **values: str) -> Any:
    options = client.get("/login/passkey/").json()
    answer = {**device.get(options), **values}
    return client.post("/login/passkey/", json.dumps(answer), "application/json")


def test_a_passkey_signs_its_user_in_without_a_name(user, device):
    client = Client()
    binding = BindingFactory(user=user)
    assert sign_in(client, device).json() == {"next": "/home/"}
    assert client.get(f"/home/{binding.pk}/").status_code == 200
    assert Passkey.objects.get().used_at is not None


def test_it_leads_to_no_other_site(device):
    assert sign_in(Client(), device, next="https://evil.example/").json() == {"next": "/home/"}


def test_an_answer_is_taken_once(device):
    client = Client()
    options = client.get("/login/passkey/").json()
    answer = json.dumps(device.get(options))
    assert client.post("/login/passkey/", answer, "application/json").status_code == 200
    other = Client()
    other.get("/login/passkey/")
    assert other.post("/login/passkey/", answer, "application/json").status_code == 422


@pytest.mark.parametrize(
    "change",
    [
        {"origin": "https://evil.example"},
        {"flags": FLAG.UP},
        {"key": ec.generate_private_key(ec.SECP256R1())},
        {"identifier": b"another"},
        {"counter": -1},
    ],
)
def test_other_devices_and_other_sites_sign_nobody_in(device, change):
    Passkey.objects.update(sign_count=5)
    device.counter = 10
    for name, value in change.items():
        setattr(device, name, value)
    client = Client()
    assert sign_in(client, device).status_code == 422
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("posted", ["", "[]", "{}", '{"id": 1}', "{" * 30_000])
def test_malformed_answers_are_rejected(device, posted):
    client = Client()
    client.get("/login/passkey/")
    assert client.post("/login/passkey/", posted, "application/json").status_code == 422


def test_a_closed_account_is_not_signed_in(user, device):
    user.is_active = False
    user.save()
    assert sign_in(Client(), device).status_code == 422


def test_a_passkey_belongs_to_one_account_and_is_removed_by_its_user(user, device):
    assert add(signed_in(ResidentUserFactory()), device).status_code == 422
    passkey = Passkey.objects.get()
    stranger = signed_in(ResidentUserFactory())
    assert stranger.post(f"/profile/passkeys/{passkey.pk}/remove/").status_code == 404
    own = signed_in(user)
    assert "Phone" in text(own.get("/profile/passkeys/"))
    own.post(f"/profile/passkeys/{passkey.pk}/remove/")
    assert not Passkey.objects.exists()


def test_at_an_address_without_a_host_name_none_is_offered(user, settings):
    settings.PUBLIC_URL, settings.HTTPS = "http://127.0.0.1:8000", False
    assert "over HTTPS only" in text(signed_in(user).get("/profile/passkeys/"))
