"""Texts from people as XML accepts them."""

import re

# All that XML 1.0 forbids: control characters, halves of surrogate pairs, noncharacters.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BREAKS = re.compile("\r\n?")
_CUT = "…"


def clean_line(text: str, limit: int) -> str:
    """Return a text as one line of at most ``limit`` characters, fit for XML."""
    return _cut(" ".join(_FORBIDDEN.sub(" ", text).split()), limit)


def clean_text(text: str, limit: int) -> str:
    """Return a text with its line breaks, of at most ``limit`` characters, fit for XML."""
    lines = (" ".join(line.split()) for line in _BREAKS.sub("\n", text).split("\n"))
    return _cut(_FORBIDDEN.sub("", "\n".join(lines)).strip(), limit)


def token(text: str) -> str:
    """Return a text as one value of a list that spaces separate, quoted where it has spaces."""
    cleaned = clean_line(text, 160).replace('"', "'")
    return f'"{cleaned}"' if " " in cleaned else cleaned


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + _CUT
