"""The engine behind `manage.py price`: one JSON request per line, one JSON answer per line."""

import json
import marshal
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pricing.cover import Span
from pricing.errors import PricingError, StayError, TariffError
from pricing.payment import Due, Payment, due
from pricing.rules import parse_tariff
from pricing.tariff import Tariff

_REMEMBERED = 1024
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]|$)")
_EXAMPLE = "write a time such as 2026-03-04T10:00:00+01:00"


class Door:
    """Prices one request line at a time; caches validated tariffs by their content."""

    def __init__(self) -> None:
        self._tariffs: dict[bytes, Tariff] = {}

    def answer(self, line: bytes) -> str:
        """Return the answer to one line as one line of JSON, without a newline.

        The line holds an object with `tariff`, `entry`, `exit` and perhaps `paid` (one payment or
        a list), `covered_until`, `covered` (a list of `[from, to]`) and `vehicle`; other keys are
        ignored. A line that cannot be priced is answered with `error` and `at`, the path of the
        faulty field.
        """
        try:
            return json.dumps(self._price(_read(line)))
        except PricingError as error:
            return json.dumps({"error": error.message, "at": error.at})

    def _price(self, request: Mapping[str, Any]) -> dict[str, Any]:
        tariff = self._tariff(request)
        entry = _time(request.get("entry"), "entry")
        exit = _time(request.get("exit"), "exit")
        if exit < entry:
            raise StayError("exit", "is before entry; a stay ends no earlier than it begins")
        covered = request.get("covered_until")
        answer = due(
            tariff,
            entry,
            exit,
            _payments(request.get("paid")),
            covered=_spans(request.get("covered")),
            covered_until=None if covered is None else _time(covered, "covered_until"),
            vehicle=_vehicle(request.get("vehicle")),
        )
        return _written(answer)

    def _tariff(self, request: Mapping[str, Any]) -> Tariff:
        if "tariff" not in request:
            raise TariffError("tariff", "is missing; give the whole tariff/1 document")
        # The values are plain JSON, so equal bytes mean equal documents.
        key = marshal.dumps(request["tariff"], 2)
        tariff = self._tariffs.get(key)
        if tariff is None:
            tariff = parse_tariff(request["tariff"])
            if len(self._tariffs) >= _REMEMBERED:
                self._tariffs.clear()
            self._tariffs[key] = tariff
        return tariff


def _read(line: bytes) -> Mapping[str, Any]:
    try:
        request = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise StayError("line", "is not UTF-8 text; save the file as UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise StayError("line", f"is not JSON ({error}); write one object on one line") from None
    if not isinstance(request, dict):
        raise StayError("line", "must be an object in braces with tariff, entry and exit")
    return request


def _time(value: object, at: str) -> datetime:
    if not isinstance(value, str):
        fault = "is missing" if value is None else "must be text in quotes"
        raise StayError(at, f"{fault}; {_EXAMPLE}")
    # `fromisoformat` also reads 20260304 and 2026-W10-3, which are too easily mistaken.
    if not _DATE.match(value):
        raise StayError(at, f"{value[:40]!r} is no time; {_EXAMPLE}")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise StayError(at, f"{value[:40]!r} is no time; {_EXAMPLE}") from None
    if moment.utcoffset() is None:
        raise StayError(at, "has no time zone; add its offset, such as +01:00 or Z")
    return moment


def _spans(value: object) -> list[Span]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise StayError("covered", "must be a list of pairs: [[from, to], …]")
    return [_span(item, f"covered[{number}]") for number, item in enumerate(value)]


def _span(value: object, at: str) -> Span:
    if not isinstance(value, list) or len(value) != 2:
        raise StayError(at, "must be a pair of times: [from, to]")
    return _time(value[0], f"{at}[0]"), _time(value[1], f"{at}[1]")


def _payments(value: object) -> list[Payment]:
    if value is None:
        return []
    if isinstance(value, list):
        return [_payment(item, f"paid[{number}]") for number, item in enumerate(value)]
    return [_payment(value, "paid")]


def _payment(value: object, at: str) -> Payment:
    if not isinstance(value, dict):
        raise StayError(at, "must be an object with at and amount, or a list of such")
    amount = value.get("amount")
    if not isinstance(amount, int) or isinstance(amount, bool):
        raise StayError(f"{at}.amount", "must be a whole number of minor units")
    if amount < 0:
        raise StayError(f"{at}.amount", "must be 0 or more; a refund is not a payment")
    return Payment(_time(value.get("at"), f"{at}.at"), amount)


def _vehicle(value: object) -> str | None:
    if value is not None and (not isinstance(value, str) or not value):
        raise StayError("vehicle", "must be the name of a vehicle type in quotes, or left out")
    return value


def _written(answer: Due) -> dict[str, Any]:
    quote = answer.quote
    return {
        "amount": quote.amount,
        "due": answer.amount,
        "currency": quote.currency,
        "lines": [line.as_dict() for line in quote.lines],
        "tariff": quote.tariff,
    }
