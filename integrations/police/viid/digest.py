"""HTTP Digest authentication with MD5 and qop=auth (RFC 2617), as GA/T 1400 requires it.

MD5 is what the standard's peers speak. It is used over TLS or inside a private network.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

from core import clock, keys

_PAIR = re.compile(r'(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))')
_NONCE_S = 300


@dataclass(frozen=True)
class Challenge:
    """What a server asks for in ``WWW-Authenticate``."""

    realm: str
    nonce: str
    opaque: str = ""
    qop: str = ""


def parse_challenge(header: str) -> Challenge | None:
    """Return the digest challenge of a header; None for none that can be answered.

    Values may be quoted or not: some peers send ``algorithm=MD5`` without quotes.
    """
    scheme, _space, rest = header.strip().partition(" ")
    values = _values(rest)
    if scheme.lower() != "digest" or not values.get("nonce"):
        return None
    if values.get("algorithm", "MD5").upper() != "MD5":
        return None
    offered = [each.strip() for each in values.get("qop", "").split(",") if each.strip()]
    if offered and "auth" not in offered:
        return None
    return Challenge(
        values.get("realm", ""),
        values["nonce"],
        values.get("opaque", ""),
        "auth" if offered else "",
    )


def authorization(
    challenge: Challenge, user: str, password: str, method: str, target: str, count: int = 1
) -> str:
    """Return the ``Authorization`` header of a request.

    Args:
        target: the path with its query.
        count: how often the nonce was used, this time included.
    """
    nonce_count, cnonce = f"{count:08x}", secrets.token_hex(8)
    response = _response(challenge, user, password, method, target, nonce_count, cnonce)
    parts = [
        f'username="{user}"',
        f'realm="{challenge.realm}"',
        f'nonce="{challenge.nonce}"',
        f'uri="{target}"',
        f'response="{response}"',
        "algorithm=MD5",
    ]
    if challenge.opaque:
        parts.append(f'opaque="{challenge.opaque}"')
    if challenge.qop:
        parts += ["qop=auth", f"nc={nonce_count}", f'cnonce="{cnonce}"']
    return "Digest " + ", ".join(parts)


def new_challenge(realm: str) -> Challenge:
    """Return a challenge of our own; its nonce is valid for five minutes."""
    at = f"{int(clock.now().timestamp()):x}-{secrets.token_hex(8)}"
    return Challenge(realm, f"{at}-{_mac(at)}", qop="auth")


def challenge_header(challenge: Challenge) -> str:
    """Return the ``WWW-Authenticate`` header of a challenge."""
    return f'Digest realm="{challenge.realm}", qop="auth", nonce="{challenge.nonce}", algorithm=MD5'


def claimed_user(header: str) -> str:
    """Return the user name in an ``Authorization`` header, unverified; empty for none."""
    scheme, _space, rest = header.strip().partition(" ")
    return _values(rest).get("username", "") if scheme.lower() == "digest" else ""


def is_authorized(
    header: str, realm: str, user: str, password: str, method: str, target: str
) -> bool:
    """Return whether a request proves the password, with a nonce of ours that is still valid."""
    values = _values(header.strip().partition(" ")[2])
    if not password or values.get("username") != user or values.get("uri") != target:
        return False
    if values.get("realm") != realm or values.get("qop") != "auth":
        return False
    nonce = values.get("nonce", "")
    if not _is_valid_nonce(nonce):
        return False
    challenge = Challenge(realm, nonce, qop="auth")
    expected = _response(
        challenge, user, password, method, target, values.get("nc", ""), values.get("cnonce", "")
    )
    return hmac.compare_digest(expected.encode(), values.get("response", "").encode())


def _response(
    challenge: Challenge,
    user: str,
    password: str,
    method: str,
    target: str,
    nonce_count: str,
    cnonce: str,
) -> str:
    secret = _md5(f"{user}:{challenge.realm}:{password}")
    request = _md5(f"{method}:{target}")
    if not challenge.qop:
        return _md5(f"{secret}:{challenge.nonce}:{request}")
    return _md5(f"{secret}:{challenge.nonce}:{nonce_count}:{cnonce}:auth:{request}")


def _values(text: str) -> dict[str, str]:
    found = ((match[1].lower(), match[2], match[3]) for match in _PAIR.finditer(text))
    return {name: plain or quoted or "" for name, quoted, plain in found}


def _is_valid_nonce(nonce: str) -> bool:
    at, _dash, mac = nonce.rpartition("-")
    if not hmac.compare_digest(_mac(at).encode(), mac.encode()):
        return False
    age = int(clock.now().timestamp()) - int(at.partition("-")[0], 16)
    return 0 <= age <= _NONCE_S


def _mac(at: str) -> str:
    key = keys.derive("nonces of GA/T 1400")
    return hmac.new(key, at.encode(), hashlib.sha256).hexdigest()[:32]


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()  # noqa: S324 - the protocol's digest
