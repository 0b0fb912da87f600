"""Generated history is what the product would have made of these cars, and left of them."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Model, Sum

from access.jobs import redact_passages
from access.models import Decision, Movement, Passage, PlateRead
from billing.models import Allocation, Charge, Payment
from billing.selectors import balances
from config.history import Sizes, make_history
from core import clock
from core.audit import problems
from core.models import AuditEntry, Site
from estate.models import Lot, Unit
from incidents.models import Incident, WatchEntry
from parking.models import Stay
from parking.recompute import recompute
from people.models import Person, Vehicle
from tests.factories import SiteFactory

pytestmark = pytest.mark.django_db
UNTIL = datetime(2026, 6, 15, 4, 20, tzinfo=UTC)
SMALL = Sizes(sites=2, units=40, people=60, passages=600, days=50)
LIMIT = UNTIL - timedelta(days=settings.PASSAGE_DAYS)
# What is random for a reason, or counted by a sequence.
_OWN = {
    "source",
    "id",
    "public_id",
    "uid",
    "mac",
    "provider_ref",
    "password",
    "source_id",
    "reference",
}


@pytest.fixture(autouse=True)
def _frozen(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any) -> None:
    monkeypatch.setattr(clock, "now", lambda: UNTIL)
    settings.HOME = tmp_path


@pytest.fixture
def history() -> Sizes:
    made: list[int] = []
    make_history(SMALL, UNTIL, 1, made.append)
    assert sum(made) == Passage.objects.count()
    return SMALL


def contents(model: type[Model]) -> Counter[tuple[object, ...]]:
    names = [
        field.attname
        for field in model._meta.concrete_fields
        if field.name not in _OWN and not field.is_relation
    ]
    return Counter(tuple(map(repr, row)) for row in model.objects.values_list(*names))


def made_and_undone(seed: int) -> list[Counter[tuple[object, ...]]]:
    models = (Site, Unit, Person, Vehicle, Passage, Decision, Stay, Charge, Payment, Incident)
    with transaction.atomic():
        make_history(Sizes(**{**vars_of(SMALL), "seed": seed}), UNTIL, 1, lambda made: None)
        found = [contents(model) for model in models]
        transaction.set_rollback(True)
    return found


def vars_of(sizes: Sizes) -> dict[str, int]:
    return {name: getattr(sizes, name) for name in Sizes.__dataclass_fields__}


def test_the_same_seed_makes_the_same_rows_and_another_one_others():
    first, second, other = (made_and_undone(seed) for seed in (1, 1, 2))
    assert first == second
    assert first != other


def test_the_sizes_are_those_that_were_asked_for(history):
    assert Site.objects.count() == 2
    assert Unit.objects.count() == pytest.approx(40, abs=8)
    assert Person.objects.count() == pytest.approx(60, abs=2)
    assert Passage.objects.count() == pytest.approx(600, rel=0.1)
    assert Stay.objects.count() == pytest.approx(300, rel=0.1)
    seen = Passage.objects.order_by("seen_at").values_list("seen_at", flat=True)
    assert UNTIL - timedelta(days=50) <= seen[0]
    assert seen[len(seen) - 1] <= UNTIL


def test_every_kind_of_stay_and_passage_occurs(history):
    assert set(Stay.objects.values_list("status", flat=True)) >= {"open", "closed"}
    assert {"", "resident"} <= set(Stay.objects.values_list("cover", flat=True))
    assert set(Payment.objects.values_list("provider", flat=True)) == {"stripe", "offline"}
    assert Incident.objects.exists()
    assert WatchEntry.objects.exists()


def test_the_books_balance_and_agree_with_the_charges_and_the_payments(history):
    for site in Site.objects.all():
        found = {each.account: each.money.minor for each in balances(site)}
        charges = Charge.objects.filter(site=site, state__in=Charge.POSTED)
        paid = Payment.objects.filter(site=site).aggregate(sum=Sum("amount"))["sum"]
        unpaid = charges.filter(state="open").aggregate(sum=Sum("amount"))["sum"] or 0
        assert sum(found.values()) == 0
        assert found["cash"] + found["stripe"] == paid
        assert -found["parking"] == charges.aggregate(sum=Sum("amount"))["sum"]
        assert found.get("receivable", 0) == unpaid
        assert "credit" not in found


def test_every_payment_is_allocated_and_has_a_receipt(history):
    for site in Site.objects.all():
        payments = Payment.objects.filter(site=site)
        numbers = payments.order_by("receipt_no").values_list("receipt_no", flat=True)
        assert list(numbers) == list(range(1, payments.count() + 1))
        allocated = Allocation.objects.filter(payment__site=site).aggregate(sum=Sum("amount"))
        assert allocated["sum"] == payments.aggregate(sum=Sum("amount"))["sum"]


def test_recomputing_the_stays_from_their_passages_changes_nothing(history):
    kept = Passage.objects.filter(redacted=False, received_at__gte=LIMIT)
    assert kept.count() > 100
    before = {row["id"]: row for row in Stay.objects.values()}
    for lot in Lot.objects.select_related("site"):
        plates = kept.filter(lane__lot=lot).values_list("plate", flat=True).distinct()
        for plate in plates:
            first = kept.filter(lane__lot=lot, plate=plate).earliest("seen_at")
            recompute(lot, [plate], first.seen_at)
    assert {row["id"]: row for row in Stay.objects.values()} == before


def test_the_retention_job_finds_nothing_to_delete(history):
    assert Passage.objects.filter(redacted=True).count() > 100
    assert redact_passages() == 0


def test_nothing_is_left_of_a_plate_past_its_retention_period(history):
    redacted = Passage.objects.filter(redacted=True)
    assert not redacted.exclude(plate="", folded="", image="").exists()
    for model in (PlateRead, Movement):
        assert not model.objects.filter(passage__in=redacted).exists()
    of_redacted = Decision.objects.filter(passage__in=redacted)
    assert of_redacted.exists()
    assert not of_redacted.exclude(plate="", facts={}, trace=[]).exists()
    old = Passage.objects.filter(received_at__lt=LIMIT, redacted=False)
    for passage in old:
        stay = Stay.objects.get(entry_passage=passage.pk) if passage.direction == "entry" else None
        assert stay is None or stay.status == "open" or charge_of(stay).state == "open"


def charge_of(stay: Stay) -> Charge:
    return Charge.objects.get(source_id=stay.public_id)


def test_every_stay_has_its_charge(history):
    states = {"open": {"draft"}, "closed": {"open", "settled"}, "superseded": {"cancelled"}}
    for stay in Stay.objects.all():
        assert charge_of(stay).state in states[stay.status]


def test_the_generation_is_audited(history):
    entries = AuditEntry.objects.filter(action="generate history")
    assert {entry.site_id for entry in entries} == set(Site.objects.values_list("pk", flat=True))


def test_what_the_guard_did_is_audited_when_it_was_done(history):
    for payment in Payment.objects.filter(provider="offline"):
        entry = AuditEntry.objects.get(action="take cash", detail__payment=payment.public_id)
        assert (entry.at, entry.actor) == (payment.created_at, "history-guard")
        stay = Stay.objects.get(pk=entry.subject_id)
        assert payment.items.get().charge.source_id == stay.public_id
    by_hand = Decision.objects.filter(rule="manual_lift")
    assert AuditEntry.objects.filter(action="lift barrier").count() == by_hand.count()
    assert not [each for site in Site.objects.all() for each in problems(site.pk)]


@pytest.fixture
def run() -> Iterator[Callable[..., None]]:
    def call(**options: object) -> None:
        sizes = {"sites": 1, "units": 4, "people": 5, "passages": 20, "days": 40, "processes": 1}
        call_command("make_history", **{**sizes, "until": UNTIL, **options})

    return call


def test_the_command_shows_its_progress_and_where_the_logins_are(run, capsys, tmp_path):
    run()
    printed = capsys.readouterr().out
    assert "% " in printed
    assert str(tmp_path / "history-logins.txt") in printed
    logins = (tmp_path / "history-logins.txt").read_text()
    assert logins.startswith("history-manager ")


def test_a_database_with_another_site_is_refused(run):
    SiteFactory(slug="mill-street")
    with pytest.raises(CommandError, match="mill-street"):
        run()
    assert not Passage.objects.exists()


def test_another_site_is_accepted_where_that_is_asked_for(run):
    SiteFactory(slug="mill-street")
    run(beside_real_sites=True)
    assert Passage.objects.exists()


def test_it_runs_once(run):
    run()
    with pytest.raises(CommandError, match="already"):
        run()


@pytest.mark.parametrize(
    "wrong", [{"passages": 0}, {"processes": 0}, {"until": UNTIL.replace(tzinfo=None)}]
)
def test_sizes_that_make_no_sense_are_refused(run, wrong):
    with pytest.raises(CommandError):
        run(**wrong)
