"""Password hashes in mosquitto's form, `$7$iterations$salt$hash` (PBKDF2 with SHA-512).

Source of the form: mosquitto_passwd, which writes the same.
"""

import base64
import hashlib
import hmac
import re
import secrets

# As mosquitto_passwd does: the passwords are long and random, and the broker serves no other client
# while it hashes one.
ITERATIONS = 101
SALT_BYTES = 12
HASH = re.compile(r"\$7\$\d{1,7}\$[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]{88}")


def hash_password(password: str, salt: bytes | None = None) -> str:
    """Hash a password, with a new random salt unless one is given."""
    return _hash(password, salt or secrets.token_bytes(SALT_BYTES), ITERATIONS)


def verify_password(password: str, hashed: str) -> bool:
    """Whether the hash was made from this password."""
    if not HASH.fullmatch(hashed):
        return False
    _, _, iterations, salt, _ = hashed.split("$")
    return hmac.compare_digest(_hash(password, base64.b64decode(salt), int(iterations)), hashed)


def _hash(password: str, salt: bytes, iterations: int) -> str:
    derived = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, iterations)
    texts = (base64.b64encode(part).decode() for part in (salt, derived))
    return "$".join(("", "7", str(iterations), *texts))
