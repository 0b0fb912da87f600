"""The link to the MQTT broker: one session class for every process that listens or commands."""

from devices.link.address import Address, AddressError
from devices.link.session import Message, Session

__all__ = ["Address", "AddressError", "Message", "Session"]
