"""Imports of lists: tried first, all errors at once, all rows or none, repeatable, undone."""

import random
from datetime import timedelta

import pytest
from django.utils import translation

from core import clock, imports, runs
from core.errors import Rejection
from core.imports import Verdict, kinds, retention, selectors
from core.jobs import run_waiting
from core.models import AuditEntry, ImportBatch, ImportEffect, ImportRow, Run
from core.tables import DateOrder
from estate.models import Building
from tests.core.import_examples import Buildings
from tests.core.workbooks import workbook
from tests.factories import BuildingFactory, SiteFactory, UnitFactory, UserFactory

pytestmark = pytest.mark.django_db
HEAD = "code,name,badge,area,opened,floors,phone,email,lift,colour\n"


@pytest.fixture(autouse=True)
def _kind():
    kinds.register(Buildings())
    yield
    kinds._kinds.pop(Buildings.code)


@pytest.fixture
def site():
    return SiteFactory()


@pytest.fixture
def user():
    return UserFactory()


@pytest.fixture
def upload(site, user):
    """Upload a list and check it."""

    def upload(data: str | bytes, **options) -> ImportBatch:
        content = data if isinstance(data, bytes) else data.encode()
        batch = imports.upload(site, user, Buildings.code, "list.csv", content, **options)
        return finished(batch)

    return upload


def finished(batch: ImportBatch) -> ImportBatch:
    """Let the jobs work, and return the batch as it is then."""
    run_waiting()
    batch.refresh_from_db()
    return batch


def imported(batch: ImportBatch, user) -> ImportBatch:
    return finished(imports.confirm(batch, user))


def counts(batch: ImportBatch) -> tuple[int, int, int, int]:
    return batch.created, batch.changed, batch.unchanged, batch.rejected


def problems(batch: ImportBatch) -> list[tuple[int, str, str]]:
    return [(row, each["column"], each["code"]) for row, each in selectors.errors(batch)]


def test_a_list_is_tried_without_writing_anything(upload):
    batch = upload("code,name\nA,First\nB,Second\n")
    assert (batch.state, counts(batch)) == ("checked", (2, 0, 0, 0))
    assert not Building.objects.exists()
    assert [row.number for row in selectors.preview(batch)] == [2, 3]


def test_a_confirmed_list_is_imported_whole(upload, user, site):
    batch = imported(upload("code,name\nA,First\nB,Second\n"), user)
    assert (batch.state, counts(batch)) == ("applied", (2, 0, 0, 0))
    assert set(site.buildings.values_list("code", "name")) == {("A", "First"), ("B", "Second")}
    assert not batch.rows.exists(), "staged rows have served their purpose"


def test_an_import_is_audited_once_with_its_counts_and_once_for_each_thing(upload, user, site):
    batch = imported(upload("code,name\nA,First\nB,Second\n"), user)
    (entry,) = AuditEntry.objects.filter(action="import list")
    assert entry.subject == ("import_batch", str(batch.pk))
    assert entry.actor == user.get_username()
    assert entry.detail["created"] == 2
    assert AuditEntry.objects.filter(action="create building").count() == 2


def test_the_same_list_again_changes_nothing(upload, user):
    table = "code,name\nA,First\nB,Second\n"
    imported(upload(table), user)
    batch = imported(upload(table), user)
    assert (batch.state, counts(batch)) == ("applied", (0, 0, 2, 0))
    assert not batch.effects.exists()


def test_changed_cells_change_what_is_there(upload, user, site):
    imported(upload("code,name\nA,First\nB,Second\n"), user)
    batch = upload("code,name\nA,Other\nB,Second\n")
    assert counts(batch) == (0, 1, 1, 0)
    assert selectors.preview(batch)[0].changes == {"name": ["First", "Other"]}
    imported(batch, user)
    assert site.buildings.get(code="A").name == "Other"


def test_all_errors_of_a_list_are_found_at_once(upload, site):
    batch = upload(
        HEAD + ",First,,x,32.13.2026,1.5,call,a@,perhaps,red\n"
        "B,forbidden,,,,,,,,\n"
        "C,Third,7,,,,,,,\n"
        "C,Fourth,8,,,,,,,\n"
        "D,Fifth,7,,,,,,,\n"
        "E,Sixth,,,,13,,,,\n"
    )
    assert batch.state == "rejected"
    assert problems(batch) == [
        (2, "code", "missing"),
        (2, "area", "not_a_number"),
        (2, "opened", "no_such_day"),
        (2, "floors", "not_an_integer"),
        (2, "phone", "not_a_phone"),
        (2, "email", "not_an_email"),
        (2, "lift", "not_a_boolean"),
        (2, "colour", "not_a_choice"),
        (3, "name", "forbidden"),
        (5, "code", "duplicate"),
        (6, "badge", "duplicate"),
        (7, "floors", "unlucky"),
    ]
    assert all(each["hint"] for _row, each in selectors.errors(batch))
    assert dict(selectors.errors(batch))[7]["value"] == "13"


def test_a_list_with_errors_is_not_imported(upload, user):
    batch = upload("code,name\nA,First\n,Second\n")
    with pytest.raises(Rejection) as caught:
        imports.confirm(batch, user)
    assert caught.value.code == "wrong_state"
    assert not Building.objects.exists()


def test_repeated_keys_are_found_across_chunks(upload):
    rows = [f"A{number},Building" for number in range(1200)]
    batch = upload("code,name\n" + "\n".join([*rows, "A0,Again", "A700,Again"]))
    assert problems(batch) == [(1202, "code", "duplicate"), (1203, "code", "duplicate")]
    messages = [each["message"] for _row, each in selectors.errors(batch)]
    assert messages == ["is in row 2 already", "is in row 702 already"]


def test_cells_without_a_title_are_reported(upload):
    batch = upload("code,,name\nA,lost,First\nB,,Second,more\n")
    assert problems(batch) == [(2, "code", "too_many_cells"), (3, "code", "too_many_cells")]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("", "empty"),
        ("code,name\n", "empty"),
        ("code,height\nA,1\n", "column_unknown"),
        ("name\nA\n", "column_missing"),
        (b"code,name\n\xff\xff\xff", "not_utf8"),
        (b"PK\x03\x04", "not_xlsx"),
    ],
)
def test_a_file_that_is_no_list_of_the_kind_is_rejected_as_a_whole(upload, data, code):
    batch = upload(data)
    assert (batch.state, batch.problem["code"]) == ("rejected", code)
    assert batch.problem["hint"]
    assert not ImportRow.objects.exists()


def test_a_workbook_is_imported_like_a_text(upload, user, site):
    data = workbook([["Code", "Name", "Area"], ["0101", "First", 89.5]], text_columns="A")
    imported(upload(data), user)
    assert site.buildings.get().code == "0101"


def test_the_order_of_dates_is_the_uploader_s(upload):
    table = "code,name,opened\nA,First,03/04/2026\n"
    assert problems(upload(table)) == [(2, "opened", "ambiguous_date")]
    batch = upload(table, date_order=DateOrder.DAY_FIRST)
    assert batch.rows.get().values["opened"] == "2026-04-03"


def test_messages_are_in_the_language_of_who_uploaded_the_list(upload):
    with translation.override("zh-hans"):
        batch = upload("code,name\n,First\n")
    message = next(selectors.errors(batch))[1]["message"]
    assert not message.isascii()


def test_five_hundred_broken_cells_of_twenty_kinds_are_each_found(upload, site):
    broken = {
        "code": ["", "1.38E+10", "3月1日", "#N/A", "x" * 21],
        "name": ["", "4.4E+17", "y" * 41, "#REF!"],
        "area": ["x", "-1", "1,234", "1.234", "1E+12", "99999"],
        "opened": ["03/04/2026", "2026-02-30", "tomorrow", "1826-01-01"],
        "floors": ["1.5", "201"],
        "phone": ["call"],
        "email": ["a@"],
        "lift": ["perhaps"],
        "colour": ["red"],
    }
    cases = [(column, cell) for column, cells in broken.items() for cell in cells]
    chosen = [cases[number % len(cases)] for number in range(500)]
    random.Random(7).shuffle(chosen)
    columns = HEAD.strip().split(",")
    lines = []
    for number, (column, cell) in enumerate(chosen):
        row = {"code": f"B{number}", "name": "Building", column: cell}
        lines.append(";".join(row.get(each, "") for each in columns))
    batch = upload((";".join(columns) + "\n" + "\n".join(lines)).encode("utf-16"))
    found = list(selectors.errors(batch))
    assert [(row, each["column"]) for row, each in found] == [
        (number, column) for number, (column, _cell) in enumerate(chosen, start=2)
    ]
    assert all(each["message"] and each["hint"] for _row, each in found)
    assert len({(each["column"], each["code"]) for _row, each in found}) >= 20
    assert not site.buildings.exists()


def test_a_list_of_nothing_but_errors_is_given_up_early(upload, monkeypatch):
    monkeypatch.setattr("core.imports.checking.MOST_REJECTED", 600)
    batch = upload("code,name\n" + ",x\n" * 3000)
    assert batch.problem["code"] == "too_many_errors"
    assert batch.rejected == 1000


def test_a_site_works_on_one_list_at_a_time(site, user):
    imports.upload(site, user, Buildings.code, "first.csv", b"code,name\nA,First\n")
    with pytest.raises(Rejection) as caught:
        imports.upload(site, user, Buildings.code, "second.csv", b"code,name\nB,Second\n")
    assert caught.value.code == "busy"
    assert "first.csv" in caught.value.message
    other = imports.upload(SiteFactory(), user, Buildings.code, "third.csv", b"code,name\nA,x\n")
    assert finished(other).state == "checked"


def test_a_list_waits_for_its_confirmation_while_another_is_imported(upload, user, site):
    first, second = upload("code,name\nA,First\n"), upload("code,name\nA,Second\n")
    imported(first, user)
    second = imported(second, user)
    assert site.buildings.get().name == "Second"
    assert counts(second) == (0, 1, 0, 0), "it was new when it was checked"


def test_what_has_changed_since_the_check_rejects_the_whole_list(upload, user, site, monkeypatch):
    batch = upload("code,name\nA,First\nB,Second\n")

    def reject_b(self, row, building):
        verdict = Verdict()
        if row.values["code"] == "B":
            verdict.reject(Rejection("code", "taken", "is taken", "choose another"))
        return verdict

    monkeypatch.setattr(Buildings, "_verdict", reject_b)
    batch = imported(batch, user)
    assert (batch.state, batch.problem["code"]) == ("rejected", "changed_meanwhile")
    assert problems(batch) == [(3, "code", "taken")]
    assert not site.buildings.exists()


def test_a_run_that_is_killed_while_it_imports_leaves_nothing_and_begins_again(
    upload, user, site, monkeypatch
):
    batch = imports.confirm(upload("code,name\n" + "".join(f"A{n},x\n" for n in range(900))), user)
    applied = Buildings.apply

    def die(self, site, actor, rows):
        applied(self, site, actor, rows[:100])
        raise SystemExit

    monkeypatch.setattr(Buildings, "apply", die)
    with pytest.raises(SystemExit):
        runs.work_on_chunk(batch.run_id)
    assert not site.buildings.exists()
    monkeypatch.setattr(Buildings, "apply", applied)
    runs.work_on_chunk(batch.run_id)
    batch.refresh_from_db()
    assert (batch.state, site.buildings.count()) == ("applied", 900)


def test_a_check_goes_on_behind_the_last_chunk_in_another_process(site, user, monkeypatch):
    lines = "".join(f"A{number},x\n" for number in range(1300))
    batch = imports.upload(site, user, Buildings.code, "l.csv", b"code,name\n" + lines.encode())
    runs.work_on_chunk(batch.run_id)
    monkeypatch.setattr("core.imports.checking._reader", None)
    runs.work_on_chunk(batch.run_id)
    runs.work_on_chunk(batch.run_id)
    batch.refresh_from_db()
    assert (batch.state, counts(batch)) == ("checked", (1300, 0, 0, 0))
    run = Run.objects.get(pk=batch.run_id)
    assert (run.total, run.done, run.failed) == (1300, 1300, 0)


def test_a_batch_is_undone_in_reverse(upload, user, site):
    kept = BuildingFactory(site=site, code="K", name="Kept")
    batch = imported(upload("code,name\nA,First\nK,Changed\n"), user)
    finished(imports.undo(batch, user))
    batch.refresh_from_db()
    assert batch.state == "undone"
    assert list(site.buildings.values_list("code", "name")) == [("K", "Kept")]
    assert AuditEntry.objects.filter(action="undo import").count() == 1
    kept.refresh_from_db()


def test_a_batch_on_which_something_hangs_stays_whole(upload, user, site):
    batch = imported(upload("code,name\nA,First\nB,Second\n"), user)
    UnitFactory(building=site.buildings.get(code="A"))
    finished(imports.undo(batch, user))
    batch.refresh_from_db()
    assert (batch.state, batch.problem["code"]) == ("applied", "in_use")
    assert site.buildings.count() == 2


def test_a_discarded_list_leaves_no_rows(upload, user):
    batch = imports.discard(upload("code,name\nA,First\n"), user)
    assert batch.state == "discarded"
    assert not ImportRow.objects.exists()
    with pytest.raises(Rejection):
        imports.confirm(batch, user)


def test_a_run_that_was_given_up_does_not_block_the_site(site, user):
    batch = imports.upload(site, user, Buildings.code, "first.csv", b"code,name\nA,First\n")
    Run.objects.filter(pk=batch.run_id).update(state="failed", ended_at=clock.now())
    imports.upload(site, user, Buildings.code, "second.csv", b"code,name\nB,Second\n")
    batch.refresh_from_db()
    assert batch.state == "failed"


def test_rows_of_lists_that_were_never_confirmed_are_removed_after_a_week(upload):
    batch = upload("code,name\nA,First\n")
    retention.forget_old_lists()
    assert ImportRow.objects.exists()
    ImportBatch.objects.update(uploaded_at=clock.now() - timedelta(days=8))
    retention.forget_old_lists()
    batch.refresh_from_db()
    assert batch.state == "discarded"
    assert not ImportRow.objects.exists()


def test_an_import_can_be_undone_for_a_month(upload, user):
    batch = imported(upload("code,name\nA,First\n"), user)
    ImportBatch.objects.update(applied_at=clock.now() - timedelta(days=31))
    retention.forget_old_lists()
    assert not ImportEffect.objects.exists()
    with pytest.raises(Rejection) as caught:
        imports.undo(batch, user)
    assert caught.value.code == "too_old"
