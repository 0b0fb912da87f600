"""The people and companies that owe and pay: payers by their type and key."""

import re
from collections.abc import Iterable

from django.utils.translation import gettext

from billing.ledger import Party
from core.models import Site
from people.models import Company, Holder, Person

_MODELS: dict[str, type[Person] | type[Company]] = {"person": Person, "company": Company}
_KEY = re.compile(r"[0-9]{1,18}")
#: The kinds of payers that have a name; others, such as cars at a lane, are anonymous.
NAMED = tuple(_MODELS)


def party_of_holder(holder: Holder) -> Party:
    """Return a person or a company as a payer: (type, id)."""
    return str(holder._meta.model_name), str(holder.pk)


def holder_of(site: Site, payer: Party) -> Holder | None:
    """Return the person or company that a payer is; None where the site has none."""
    kind, key = payer
    if kind not in _MODELS or not _KEY.fullmatch(key):
        return None
    rows = _MODELS[kind].objects.filter(site=site).select_related("site")
    found: Holder | None = rows.filter(pk=int(key)).first()
    return found


def names_of(site: Site, payers: Iterable[Party]) -> dict[Party, str]:
    """Return what payers are called, with one query for people and one for companies.

    Payers that are no person or company of the site are left out.
    """
    keys: dict[str, set[str]] = {}
    for kind, key in payers:
        keys.setdefault(kind, set()).add(key)
    found: dict[Party, str] = {}
    for kind in _MODELS.keys() & keys:
        rows = _MODELS[kind].objects.filter(site=site, pk__any_of=map(int, keys[kind]))
        found |= {(kind, str(pk)): called(name) for pk, name in rows.values_list("pk", "name")}
    return found


def called(name: str) -> str:
    """Return what a payer of a name is called: "erased", in words, where the data was erased."""
    return name or gettext("erased")


def key_of(payer: Party) -> str:
    """Return what stands for a payer in an address, such as ``person-12``."""
    return f"{payer[0]}-{payer[1]}"


def payer_of_key(key: str) -> Party:
    """Return the payer of a `key_of`; one that does not exist where the text is malformed."""
    kind, _dash, pk = key.partition("-")
    return kind, pk
