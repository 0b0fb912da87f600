"""Measure the reports over a long ledger, and how fast entries are posted beside plain inserts."""

import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from benchmarks.parts.bill_runs import execute, psql

LINES_A_ROW, PARTIES_OF, CHUNK = 50, 250, 50_000
TRIAL_BALANCE_MS, STATEMENT_MS = 300, 50
FIRST, DAYS = date(2023, 1, 1), 1000
STATEMENTS, ENTRIES = 200, 5000
# Half of the entries are bills of a payer, the others their payments.
ACCOUNTS = """
INSERT INTO billing_account (site_id, code, type, currency) VALUES
    (%(site)s, 'cash', 'asset', 'CNY'), (%(site)s, 'receivable', 'asset', 'CNY'),
    (%(site)s, 'parking', 'income', 'CNY')
"""
HISTORY = """
WITH numbers AS (
    SELECT n, %(first)s::date + (n * %(days)s::bigint / %(entries)s)::integer + time '04:00' AS at
    FROM generate_series(%(begin)s, %(end)s) n
), entry AS (
    INSERT INTO billing_ledgerentry (site_id, reference, at, memo)
    SELECT %(site)s, 'past:' || n, at, '' FROM numbers
    RETURNING id, reference, posted_on
)
INSERT INTO billing_ledgerline (entry_id, account_id, posted_on, amount, party_type, party_id)
    SELECT entry.id, a.id, posted_on,
        CASE WHEN (n %% 2 = 0) = (a.code = 'receivable') THEN 500 ELSE -500 END,
        CASE WHEN a.code = 'receivable' THEN 'person' END,
        CASE WHEN a.code = 'receivable' THEN (n / 2 %% %(parties)s)::text END
    FROM entry, LATERAL (SELECT substr(reference, 6)::bigint AS n) number, billing_account a
    WHERE a.site_id = %(site)s
        AND a.code IN ('receivable', CASE WHEN n %% 2 = 0 THEN 'parking' ELSE 'cash' END)
"""
TABLES = ("billing_ledgerentry", "billing_ledgerline", "billing_dailytotal")


def measure(url: str, rows: int) -> None:
    """Read reports of 50 ledger lines for each row, then post entries in bulk and one by one."""
    from tests.factories import SiteFactory

    site = SiteFactory(timezone="Asia/Shanghai")
    lines = populate(site, rows * LINES_A_ROW)
    measure_reports(site, lines)
    measure_posting(url, site, min(rows, ENTRIES))


def populate(site: Any, lines: int) -> int:
    """Fill the ledger of a site; return how many lines it has."""
    from billing.balances import merge_daily_totals

    entries = lines // 2
    values = {"site": site.pk, "entries": entries, "first": FIRST, "days": DAYS}
    values["parties"] = max(lines // PARTIES_OF, 1)
    execute(ACCOUNTS, values)
    for begin in range(1, entries + 1, CHUNK):
        execute(HISTORY, {**values, "begin": begin, "end": min(begin + CHUNK - 1, entries)})
    merge_daily_totals()
    execute("ANALYZE")
    return 2 * entries


def measure_reports(site: Any, lines: int) -> None:
    """Print what a trial balance, statements and arrears take."""
    from billing import reports

    half = FIRST + timedelta(days=DAYS // 2)
    balance = median_ms(lambda: list(reports.trial_balance(site, half).rows))
    verdict = "within" if balance <= TRIAL_BALANCE_MS else "over"
    print(
        f"trial balance over {lines:,} lines  {balance:7.1f} ms, {verdict} {TRIAL_BALANCE_MS} ms",
        flush=True,
    )
    times = sorted(
        milliseconds(
            lambda party=party: reports.statement(
                site, [("person", str(party))], half, half + timedelta(days=365)
            )
        )
        for party in range(STATEMENTS)
    )
    p95 = times[int(len(times) * 0.95)]
    verdict = "within" if p95 <= STATEMENT_MS else "over"
    print(
        f"statement of a year, p50 {statistics.median(times):.1f} ms, p95 {p95:.1f} ms,"
        f" {verdict} {STATEMENT_MS} ms",
        flush=True,
    )
    aged = milliseconds(lambda: reports.ageing(site, half))
    print(f"arrears of all payers by age   {aged:7.0f} ms", flush=True)


def measure_posting(url: str, site: Any, number: int) -> None:
    """Print how many entries are posted a second, beside PostgreSQL's own inserts of the rows."""
    from billing.ledger import Line, NewEntry, book, book_new
    from core import clock
    from core.money import Money

    marks = [last_row(table) for table in TABLES]
    lines = [Line("cash", Money(500, "CNY")), Line("parking", Money(-500, "CNY"))]
    entries = [NewEntry(f"bulk:{n}", "", lines, clock.now()) for n in range(number)]
    bulk = milliseconds(lambda: book_new(site, entries)) / 1000
    print(f"posted in bulk    {number / bulk:9,.0f} entries/s", flush=True)
    inserted, copied = floor(url, marks)
    print(
        f"  INSERT … SELECT of the same rows {inserted:.2f} s, ratio {bulk / inserted:.1f};"
        f" psql \\copy {copied:.2f} s, ratio {bulk / copied:.1f}",
        flush=True,
    )
    single = max(number // 10, 1)
    took = milliseconds(lambda: [book(site, f"one:{n}", "", lines) for n in range(single)]) / 1000
    print(f"posted one by one {single / took:9,.0f} entries/s", flush=True)


def floor(url: str, marks: list[int]) -> tuple[float, float]:
    """Return the seconds in which PostgreSQL inserts and copies the rows after the marks."""
    inserted = copied = 0.0
    for table, mark in zip(TABLES, marks, strict=True):
        execute(
            f"DROP TABLE IF EXISTS floor; CREATE TABLE floor"
            f" (LIKE {table} INCLUDING INDEXES INCLUDING CONSTRAINTS)"
        )
        rows = f"SELECT * FROM {table} WHERE id > {mark}"  # noqa: S608 - a constant
        began = time.perf_counter()
        execute(f"INSERT INTO floor {rows}")
        inserted += time.perf_counter() - began
        with tempfile.NamedTemporaryFile() as file:
            psql(url, f"\\copy ({rows}) TO '{file.name}'\n")
            execute("TRUNCATE floor")
            began = time.perf_counter()
            psql(url, f"\\copy floor FROM '{file.name}'\n")
            copied += time.perf_counter() - began
    execute("DROP TABLE floor")
    return inserted, copied


def last_row(table: str) -> int:
    """Return the highest key of a table."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(max(id), 0) FROM {table}")  # noqa: S608 - a constant
        return int(cursor.fetchone()[0])


def milliseconds(work: Callable[[], object]) -> float:
    """Return how long a function takes."""
    began = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - began)


def median_ms(work: Callable[[], object], rounds: int = 9) -> float:
    """Return the median of some rounds."""
    return statistics.median(milliseconds(work) for _ in range(rounds))
