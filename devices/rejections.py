"""Rejections of messages, commands and device settings: codes, parameters and their texts.

A rejection is stored with its code and parameters, so that every reader sees it in the language of
the page. `devices.rejection_codes` lists the codes that all drivers share; a driver defines more
with `define`.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.core.exceptions import ImproperlyConfigured
from django.utils import translation
from django.utils.functional import lazy
from django.utils.translation import gettext

from core.errors import Rejection
from devices import rejection_codes

STORED_LANGUAGE = "en"  # of the texts in the database and in searches
LONGEST_PARAM = 400  # characters
LONGEST_VALUE = 60  # characters of a sender's value that a text shows


class Texts(NamedTuple):
    """What is wrong and how to correct it; as templates, with ``%(name)s`` for parameters."""

    message: str
    hint: str


CODES = {code: Texts(*texts) for code, texts in rejection_codes.TEXTS.items()}


def define(code: str, message: str, hint: str) -> None:
    """Define a code with the English templates of its texts, marked with `rejection_codes.mark`.

    Raises:
        ValueError: the code is defined with other texts already.
    """
    if CODES.setdefault(code, Texts(message, hint)) != Texts(message, hint):
        raise ValueError(f"the rejection code {code} is defined twice")


def rejected(field: str, code: str, **params: object) -> Rejection:
    """Return the rejection of a field, whose texts are in the language that is active when read.

    Args:
        field: the field at fault, as its sender wrote it.
        code: a code of `devices.rejection_codes`, or one that a driver defined.
        params: the parameters of its texts; ``value`` is what the sender wrote, shown in quotes
            where it is text, and a list is shown with commas.
    """
    texts = CODES[code]
    shown = {name: _shown(name, value) for name, value in params.items()}
    return Rejection(
        field, code, _lazy(texts.message, shown), _lazy(texts.hint, shown), params=shown
    )


def render(code: str, params: Mapping[str, Any], language: str | None = None) -> Texts | None:
    """Return a stored rejection's texts in a language, by default the active one.

    Returns:
        None for a code that no driver defines any more, or whose parameters have changed since.
    """
    templates = CODES.get(code)
    if templates is None:
        return None
    with translation.override(language or translation.get_language()):
        try:
            return Texts(*(gettext(template) % params for template in templates))
        except (KeyError, TypeError, ValueError):
            return None


def storable(text: str, length: int) -> str:
    """Cut a text to a column's length and replace what PostgreSQL can't store.

    Texts quote messages, and a message may contain anything: NUL, or half a surrogate pair.
    """
    plain = text.encode(errors="replace").decode().replace("\0", "\ufffd")
    return plain if len(plain) <= length else plain[: length - 1] + "…"


def _translated(template: str, params: Mapping[str, Any]) -> str:
    # A driver may run without Django's settings, as in a shell.
    with suppress(ImproperlyConfigured):
        template = gettext(template)
    return template % params


def _lazy(template: str, params: Mapping[str, Any]) -> str:
    return lazy(_translated, str)(template, params)


def _shown(name: str, value: object) -> str | int:
    """Return the parameter as JSON can hold it and a text can show it."""
    if name == "value":
        return storable(_quoted(value), LONGEST_PARAM)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53:
        return value
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Iterable) and not isinstance(value, str):
        value = ", ".join(str(each) or '""' for each in value)
    return storable(str(value), LONGEST_PARAM)


def _quoted(value: object) -> str:
    """Return what a sender wrote in a short form that the sender recognises."""
    if value is None:
        return "null"
    if isinstance(value, dict | list):
        return type(value).__name__
    if isinstance(value, Decimal):
        return str(value)
    text = repr(value)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
