"""Why a message of a device was refused, in the page's language.

Drivers refuse in English, with what the message held in the midst of it, and that is how a dead
letter is kept: one text, to be counted and searched, whoever reads it. Here the texts that are met
most are known again and said in the reader's language; any other stays as it is.
"""

import re
from functools import cache

from django.utils.translation import gettext as in_its_language
from django.utils.translation import gettext_noop as _

TEXTS = (
    _("is missing"),
    _("is not in the message"),
    _("is no JSON object"),
    _("is no JSON (%(why)s)"),
    _("is not UTF-8 at byte %(n)s"),
    _("is nested too deeply"),
    _("has %(n)s bytes, more than %(most)s"),
    _("is no object"),
    _("is no text"),
    _("is no number"),
    _("is empty"),
    _("is neither true nor false"),
    _("has %(n)s characters"),
    _("holds a NUL or half a character"),
    _("has no offset"),
    _("is %(at)s, more than %(n)s days ago"),
    _("is %(n)s s in the future"),
    _("is %(n)s since 1970"),
    _("is no JPEG"),
    _("is no base64"),
    _("is %(said)s, which is no number"),
    _("is %(said)s, which is none of the words of the mapping"),
    _("is too large a number"),
    _("map nothing yet"),
    _("%(name)s is not registered"),
    _("%(name)s is disabled"),
    _("%(name)s does not stand at %(site)s"),
    _("is no driver's"),
    _("is no telemetry topic"),
    _("is no name of a metric"),
    _("is another device's"),
    _("was not kept whole"),
    _("is %(value)s"),
    _("send it"),
    _("send one JSON object"),
    _("send a JSON number"),
    _("send a JSON boolean"),
    _("send a string"),
    _("send a text"),
    _("send a whole number"),
    _("send an object there"),
    _("send a plain object"),
    _("send plain Unicode text"),
    _("send at most %(n)s"),
    _("send one of %(words)s"),
    _("send %(low)s to %(high)s"),
    _("encode as UTF-8"),
    _("encode it as base64"),
    _("send the base64 of a JPEG file"),
    _("set the device's clock"),
    _("write it in RFC 3339"),
    _("write local time, such as 2026-05-04 16:30:15"),
    _("write a time that exists"),
    _("add Z or one such as +08:00 to the time"),
    _("register the device first"),
    _("enable it, then replay this message"),
    _("set its site in the device"),
    _("publish below its own"),
    _("have the device send it again"),
    _("enter the device's mapping, then replay this"),
    _("correct the pointer of %(metric)s, or mark it as “may be missing”"),
    _("point %(metric)s at a number such as 19.5, or have the device send one"),
    _("correct the pointer, or choose none for the time"),
    _("correct the pointer, or leave it empty"),
    _("correct the pointer, or tick that not each message tells it"),
    _("enter in the mapping what it means, beside %(words)s"),
    _("choose how the message writes its time"),
    _("choose whether the message counts seconds or milliseconds"),
    _("look at the device"),
    _("mend the fault, then replay it"),
)
# What stands behind "is" by itself is a value: quoted, or a number, and no other sentence.
_VALUE = r"'.*'|\".*\"|[-+]?\d\S*"
_PART = re.compile(r"%\((\w+)\)s")


def in_words(text: str) -> str:
    """Return a rejection's problem or hint in the page's language."""
    for said, expression in _expressions():
        found = expression.fullmatch(text)
        if found:
            parts = found.groupdict()
            return in_its_language(said) % parts if parts else in_its_language(said)
    return text


@cache
def _expressions() -> list[tuple[str, re.Pattern[str]]]:
    """Return the texts, those with the most words of their own first: they say the most."""
    longest_first = sorted(TEXTS, key=lambda said: -len(_PART.sub("", said)))
    return [(said, re.compile(_expression(said), re.DOTALL)) for said in longest_first]


def _expression(said: str) -> str:
    own, names = _PART.split(said)[::2], _PART.findall(said)
    parts = (f"(?P<{name}>{_VALUE if name == 'value' else '.+'})" for name in names)
    return "".join(re.escape(text) + next(parts, "") for text in own)
