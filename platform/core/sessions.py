"""Sessions in the database, whose keys are checked before the database is asked."""

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions


class SessionStore(DatabaseSessions):
    """A session; a cookie that is no key of ours, such as one with a NUL, is as good as none."""

    def _validate_session_key(self, key: str) -> bool:
        return is_session_key(key) and super()._validate_session_key(key)  # type: ignore[misc]


def is_session_key(key: str | None) -> bool:
    """Return whether a text may be a session's key: PostgreSQL rejects a NUL with an error."""
    return bool(key and key.isascii() and key.isalnum())
