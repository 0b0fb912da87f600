"""Sign-in by password: who may try how often, and the password's check.

A stranger who guesses is slowed down more with each failure, and can lock nobody out: a browser
in which the user has signed in before is counted by itself, and so is any other address.
docs/operating.md describes the rules for operators.
"""

from core.sign_in.attempts import Origin, sign_in
from core.sign_in.hashing import ServerBusy, hashing_slot
from core.sign_in.passwords import (
    PasswordChanged,
    change_password,
    choose_first_password,
    require_strong,
)
from core.sign_in.sessions import end_sessions

__all__ = [
    "Origin",
    "PasswordChanged",
    "ServerBusy",
    "change_password",
    "choose_first_password",
    "end_sessions",
    "hashing_slot",
    "require_strong",
    "sign_in",
]
