"""Statements of ISO 20022, camt.053, of any version.

The file is checked before it is parsed: document types, and with them entities, are refused, and
its size and number of elements are bounded.
"""

import io
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from xml.etree import ElementTree as ET
from xml.parsers import expat

from django.utils.translation import gettext as _

from billing.bank.lines import StatementLine, not_a_statement
from core.currencies import exponent
from core.errors import Rejection

_MOST_ELEMENTS = 1_000_000
_AMOUNT = re.compile(r"\d{1,18}(\.\d{1,5})?")


def is_xml(data: bytes) -> bool:
    """Return whether a file begins as XML does."""
    start = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    return start.startswith(b"<") or (data[:2] in (b"\xff\xfe", b"\xfe\xff") and b"<" in data[:8])


def read_camt(data: bytes, account: str = "") -> Iterator[StatementLine]:
    """Yield the booked entries of a camt.053 file; a batch yields each of its transactions.

    Args:
        data: the file.
        account: the account's number or IBAN; statements of other accounts are refused. Empty
            takes any.

    Raises:
        Rejection: it is not a camt.053 file, declares entities, or is of another account.
    """
    _require_harmless(data)
    found = False
    # Harmless: it has no document type, so there are no entities to expand or to fetch.
    for _event, element in ET.iterparse(io.BytesIO(data)):  # noqa: S314
        name = _local(element.tag)
        if name == "Acct" and account:
            _require_account(element, account)
        elif name == "Ntry":
            yield from _entry(element)
            element.clear()
        elif name == "BkToCstmrStmt":
            found = True
    if not found:
        raise not_a_statement(_("it is not a camt.053 file"))


def _require_harmless(data: bytes) -> None:
    parser, count = expat.ParserCreate(), 0

    def refuse(*declared: object) -> None:
        raise Rejection(
            "file",
            "declares_entities",
            _("contains declarations that no bank writes"),
            _("download the statement from the bank again"),
        )

    def start(_name: str, _attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if count > _MOST_ELEMENTS:
            raise not_a_statement(_("it has too many elements"))

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = start
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError):
        raise not_a_statement(_("it is not well-formed XML")) from None


def _require_account(element: ET.Element, account: str) -> None:
    numbers = [_bare(found.text) for found in element.iter() if _local(found.tag) in ("IBAN", "Id")]
    known = [number for number in numbers if number]
    if known and _bare(account) not in known:
        raise Rejection(
            "file",
            "other_account",
            _("is a statement of the account %(number)s") % {"number": known[0]},
            _("choose this account, or another file"),
        )


def _entry(entry: ET.Element) -> Iterator[StatementLine]:
    status = _find(entry, "Sts")
    # Since version 8 the code is in an element of its own.
    code = status if status in ("BOOK", "PDNG", "INFO", "") else _find(entry, "Sts", "Cd")
    if code not in ("BOOK", ""):
        return
    whole = _line(entry, entry)
    parts = [
        _line(entry, details)
        for details in entry.iter()
        if _local(details.tag) == "TxDtls" and _money(details) is not None
    ]
    # Parts in the payers' currencies, or before charges, do not add up: the entry counts.
    is_whole = all(part.currency == whole.currency for part in parts)
    if len(parts) > 1 and is_whole and sum(part.amount for part in parts) == whole.amount:
        yield from parts
    else:
        yield whole


def _line(entry: ET.Element, part: ET.Element) -> StatementLine:
    money = _money(part)
    if money is None:
        raise not_a_statement(_("an entry has no amount"))
    incoming = _find(part, "CdtDbtInd") or _find(entry, "CdtDbtInd")
    if incoming not in ("CRDT", "DBIT"):
        raise not_a_statement(_("an entry says neither credit nor debit"))
    party = "Dbtr" if incoming == "CRDT" else "Cdtr"
    texts = [*_texts(part, "Ustrd"), *_texts(part, "Ref"), *_texts(part, "EndToEndId")]
    written = " ".join(text for text in texts if text != "NOTPROVIDED")
    minor, currency = money
    return StatementLine(
        booked_on=_day(entry),
        amount=minor if incoming == "CRDT" else -minor,
        currency=currency,
        name=_find(part, party, "Nm")[:200],
        text=(written or " ".join(_texts(part, "AddtlNtryInf")))[:1000],
        # Not NtryRef: it is unique within one statement only, and would hide another line.
        reference=_find(part, "AcctSvcrRef")[:120],
    )


def _money(part: ET.Element) -> tuple[int, str] | None:
    element = next((each for each in part if _local(each.tag) == "Amt"), None)
    if element is None:
        inner = next((each for each in part.iter() if _local(each.tag) == "TxAmt"), None)
        element = None if inner is None else next(iter(inner), None)
    if element is None:
        return None
    text, currency = (element.text or "").strip(), element.get("Ccy", "")
    if not _AMOUNT.fullmatch(text) or not re.fullmatch(r"[A-Z]{3}", currency):
        raise not_a_statement(_("an amount is not readable"))
    minor = Decimal(text).scaleb(exponent(currency))
    if minor != minor.to_integral_value():
        raise not_a_statement(_("an amount has too many decimals"))
    return int(minor), currency


def _day(entry: ET.Element) -> date:
    for name in ("BookgDt", "ValDt"):
        text = _find(entry, name, "Dt") or _find(entry, name, "DtTm")
        if text:
            try:
                return date.fromisoformat(text[:10])
            except ValueError:
                raise not_a_statement(_("a date is not readable")) from None
    raise not_a_statement(_("an entry has no date"))


def _find(element: ET.Element, *names: str) -> str:
    """Return the text of the first element of the last name below those before; else empty."""
    found: ET.Element | None = element
    for name in names:
        inside = () if found is None else found.iter()
        found = next((each for each in inside if _local(each.tag) == name), None)
    return "" if found is None else (found.text or "").strip()


def _texts(element: ET.Element, name: str) -> list[str]:
    found = [(each.text or "").strip() for each in element.iter() if _local(each.tag) == name]
    return [text for text in found if text]


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _bare(text: str | None) -> str:
    return "".join((text or "").split()).upper()
