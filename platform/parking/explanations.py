"""The price of a stay in words, as receipts show it."""

from typing import Any

from billing.explanations import LineText
from billing.models import Charge
from parking.labels import describe_lines
from parking.models import Stay


def explain_stay(charge: Charge, lines: list[dict[str, Any]]) -> list[LineText]:
    """Return the lines of a stay's price, by the tariff that it was calculated with."""
    stay = Stay.objects.select_related("tariff").filter(public_id=charge.source_id).first()
    document = stay.tariff.document if stay and stay.tariff else None
    return [
        LineText(each.what, each.how, each.amount, each.begins, each.ends)
        for each in describe_lines(lines, document)
    ]
