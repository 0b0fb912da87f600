"""The link to the MQTT broker: one session class for every process that uses it."""

from devices.link.address import Address, AddressError
from devices.link.packets import Message
from devices.link.session import Session

__all__ = ["Address", "AddressError", "Message", "Session"]
