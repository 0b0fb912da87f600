"""The registry's devices as the accounts of the appliance's own broker."""

from collections.abc import Callable, Mapping

from django.conf import settings

from config.appliance.broker_users import hash_password, write_broker_users
from config.appliance.places import Home


class PasswordFile:
    """The broker's password file, read again by the broker each time it is written."""

    def hash(self, password: str) -> str:
        """Return what the broker keeps instead of the password."""
        return hash_password(password)

    def write(self, users: Callable[[], Mapping[str, str]]) -> None:
        """Make these the only devices that may sign in, at once."""
        write_broker_users(Home.at(settings.HOME), users)
