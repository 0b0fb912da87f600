"""Mappings of a JSON message, and parts of them."""

TEMPERATURE = {"metric": "temperature.c", "pointer": "/temp"}
OCCUPIED = {"pointer": "/car", "yes": [True, "occupied"], "no": [False, "free"]}


def one(pointer: str, **more: object) -> dict:
    """A mapping of one number, which is called ``n``."""
    return {"metrics": [{"metric": "n", "pointer": pointer, **more}]}
