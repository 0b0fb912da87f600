"""The balance of the fake Stripe: transactions with their fees, and payouts to the bank."""

import secrets
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

FEE = 30  # of each charge, in the smallest unit
DAY = 24 * 60 * 60


class Balance:
    """The balance transactions of a fake Stripe, with the account of each."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.owners: dict[str, str] = {}
        self.sources: dict[str, dict[str, Any]] = {}
        self.expands = True

    def add(
        self,
        kind: str,
        source: dict[str, Any],
        amount: int,
        *,
        fee: int = 0,
        account: str = "",
        at: int | None = None,
    ) -> dict[str, Any]:
        """Add a transaction of an object, which is shown when it is expanded."""
        name = f"txn_{secrets.token_hex(8)}"
        created = int(time.time()) if at is None else at
        self.sources[source["id"]] = source
        self.owners[name] = account
        self.rows.append(
            {
                "id": name,
                "object": "balance_transaction",
                "amount": amount,
                "available_on": created + 2 * DAY,
                "created": created,
                "currency": source["currency"],
                "description": None,
                "exchange_rate": None,
                "fee": fee,
                "fee_details": [],
                "net": amount - fee,
                "reporting_category": kind,
                "source": source["id"],
                "status": "available",
                "type": kind,
                "payout": None,
            }
        )
        return self.rows[-1]

    def pay_out(self, account: str = "", *, automatic: bool = True) -> dict[str, Any]:
        """Pay out all of an account's balance; return the transaction."""
        left = [r for r in self.rows if self.owners[r["id"]] == account and not r["payout"]]
        total = sum(row["net"] for row in left)
        name = f"po_{secrets.token_hex(8)}"
        payout = {
            "id": name,
            "object": "payout",
            "amount": total,
            "currency": left[0]["currency"],
            "automatic": automatic,
            "status": "paid",
        }
        row = self.add("payout", payout, -total, account=account)
        for each in [*left, row]:
            each["payout"] = name if automatic else "by hand"
        return row

    def fail_payout(self, payout: str, account: str = "") -> None:
        """Have the bank return a payout."""
        self.add(
            "payout_failure", self.sources[payout], self.sources[payout]["amount"], account=account
        )

    def listed(self, path: str, account: str) -> dict[str, Any]:
        """Return the answer to a list call: newest first, in pages."""
        query = parse_qs(urlsplit(path).query)
        one = {name: values[0] for name, values in query.items()}
        rows = [row for row in self.rows if self.owners[row["id"]] == account]
        if "payout" in one:
            rows = [r for r in rows if r["payout"] == one["payout"] and r["type"] != "payout"]
        since, until = int(one.get("created[gte]", 0)), int(one.get("created[lte]", 1 << 60))
        rows = [row for row in reversed(rows) if since <= row["created"] <= until]
        names = [row["id"] for row in rows]
        start = names.index(one["starting_after"]) + 1 if "starting_after" in one else 0
        size = int(one.get("limit", 10))
        expand = self.expands and "data.source" in query.get("expand[0]", [])
        page = [
            {key: value for key, value in row.items() if key != "payout"}
            | ({"source": self.sources[row["source"]]} if expand else {})
            for row in rows[start : start + size]
        ]
        return {
            "object": "list",
            "url": "/v1/balance_transactions",
            "has_more": start + size < len(rows),
            "data": page,
        }
