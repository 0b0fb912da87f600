"""Answer a camera's challenge: Basic (RFC 7617) or Digest (RFC 7616), with qop=auth or without."""

import base64
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from urllib.request import parse_http_list, parse_keqv_list

# The first one that the camera offers in its order; MD5 is what most cameras speak.
_HASHES: dict[str, Callable[[bytes], str]] = {
    "SHA-256": lambda data: hashlib.sha256(data).hexdigest(),
    "MD5": lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest(),
}
_COUNT = "00000001"


@dataclass(frozen=True)
class Credentials:
    """A user name and a password."""

    username: str
    password: str = field(repr=False)


def authorization(
    challenge: str, credentials: Credentials, method: str, url: str, cnonce: str = ""
) -> str:
    """Return the Authorization header that answers a challenge; empty if none can.

    Args:
        challenge: the WWW-Authenticate header, with one scheme or several.
        cnonce: the client's nonce; a new one unless given.
    """
    schemes = _schemes(challenge)
    for name, parameters in schemes:
        if name == "digest" and parameters.get("algorithm", "MD5").upper() in _HASHES:
            return _digest(parameters, credentials, method, url, cnonce or secrets.token_hex(8))
    if any(name == "basic" for name, _parameters in schemes):
        pair = f"{credentials.username}:{credentials.password}".encode()
        return f"Basic {base64.b64encode(pair).decode()}"
    return ""


def _digest(
    parameters: dict[str, str], credentials: Credentials, method: str, url: str, cnonce: str
) -> str:
    algorithm = parameters.get("algorithm", "MD5").upper()
    hashed = _HASHES[algorithm]
    parts = urlsplit(url)
    uri = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    realm, nonce = parameters.get("realm", ""), parameters.get("nonce", "")
    owner = hashed(f"{credentials.username}:{realm}:{credentials.password}".encode())
    request = hashed(f"{method}:{uri}".encode())
    has_qop = "auth" in [each.strip() for each in parameters.get("qop", "").split(",")]
    middle = f"{nonce}:{_COUNT}:{cnonce}:auth" if has_qop else nonce
    answer = hashed(f"{owner}:{middle}:{request}".encode())
    fields = [
        f'username="{_escaped(credentials.username)}"',
        f'realm="{_escaped(realm)}"',
        f'nonce="{nonce}"',
        f'uri="{uri}"',
        f'response="{answer}"',
        f"algorithm={algorithm}",
    ]
    if has_qop:
        fields += ["qop=auth", f"nc={_COUNT}", f'cnonce="{cnonce}"']
    if "opaque" in parameters:
        fields.append(f'opaque="{parameters["opaque"]}"')
    return "Digest " + ", ".join(fields)


def _schemes(challenge: str) -> list[tuple[str, dict[str, str]]]:
    """Return the schemes of a challenge with their parameters, in its order."""
    found: list[tuple[str, list[str]]] = []
    for item in parse_http_list(challenge):
        first, _space, rest = item.partition(" ")
        if "=" not in first:
            found.append((first.lower(), [rest.strip()] if rest.strip() else []))
        elif found:
            found[-1][1].append(item)
    return [
        (name, {key.lower(): value for key, value in parse_keqv_list(items).items()})
        for name, items in found
    ]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
