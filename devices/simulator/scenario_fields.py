"""Read fields of the simulator's file, with errors that name the field and a remedy."""

from typing import Any


class ScenarioError(ValueError):
    """The file is invalid; the message names the field and a hint."""

    def __init__(self, where: str, problem: str, hint: str) -> None:
        super().__init__(f"{where}: {problem}; {hint}")


def list_of(data: dict[str, Any], key: str) -> list[Any]:
    """Return a field that is a list; an empty one where it is missing.

    Raises:
        ScenarioError: it is something else.
    """
    value = data.get(key, [])
    if not isinstance(value, list):
        raise ScenarioError(key, "is not a list", "write [ … ]")
    return value


def text_of(data: dict[str, Any], key: str, where: str) -> str:
    """Return a field that is a text.

    Raises:
        ScenarioError: it is something else.
    """
    value = data.get(key)
    if not isinstance(value, str) or not value:
        raise ScenarioError(where, "is missing or no text", "write a text of at least one sign")
    return value


def one_of(data: dict[str, Any], where: str, key: str, known: tuple[str, ...]) -> str:
    """Return a field that is one of the known texts.

    Raises:
        ScenarioError: it is something else.
    """
    value = data.get(key)
    if value not in known:
        raise ScenarioError(f"{where}.{key}", f"is {value!r}", f"one of {', '.join(known)}")
    return str(value)
