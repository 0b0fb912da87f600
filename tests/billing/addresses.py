"""The addresses of payments."""

from tests.rooms import Address

PORTAL = {"receipt": Address(row="payment", by="public_id")}
