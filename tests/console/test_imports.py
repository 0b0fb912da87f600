"""Import a list on pages: template, upload, errors, preview, confirmation, undo."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import override
from openpyxl import load_workbook

from core import imports
from core.jobs import run_waiting
from core.models import AuditEntry, ImportBatch
from core.tables import match_columns, open_table
from estate.models import Building, Unit
from people.models import Membership, Permission, Role
from tests.browsers import signed_in, text
from tests.factories import SiteFactory, UserFactory
from tests.importing import checked, imported

pytestmark = pytest.mark.django_db
UNITS = "building,unit,built-up area\n3,0803,89.5\n3,0804,90\n"


def upload(client, here, kind: str, table: str | bytes, name: str = "list.csv", **fields):
    data = table if isinstance(table, bytes) else table.encode()
    posted = {"file": SimpleUploadedFile(name, data), **fields}
    answer = client.post(here.url("upload_list", kind), posted)
    run_waiting()
    return answer


def last_batch(here) -> ImportBatch:
    return ImportBatch.objects.filter(site=here.site).latest("pk")


def page_of(client, here) -> str:
    return text(client.get(here.url("import", last_batch(here).pk)))


def test_a_list_is_uploaded_looked_at_and_imported(here, manager):
    answer = upload(manager, here, "units", UNITS)
    assert answer["Location"] == here.url("import", last_batch(here).pk)
    shown = page_of(manager, here)
    assert "Import 2 rows" in shown
    assert "0803" in shown
    assert not Unit.objects.filter(building__site=here.site, code="0803").exists()
    manager.post(here.url("confirm_import", last_batch(here).pk))
    run_waiting()
    assert Unit.objects.filter(building__site=here.site, code="0803").exists()
    assert "Undo import" in page_of(manager, here)


def test_errors_are_listed_with_row_column_value_and_remedy(here, manager):
    upload(manager, here, "units", "building,unit,floor\n3,0803,high\n3,,1.38E+10\n")
    shown = page_of(manager, here)
    assert "2 rows with errors" in shown
    for part in ("Floor", "high", "Is not a number", "Enter digits, such as 89.5", "1.38E+10"):
        assert part in shown
    assert "Import 2 rows" not in shown


def test_all_errors_can_be_downloaded(here, manager):
    upload(manager, here, "units", "building,unit,floor\n3,=1+1,high\n,2,\n")
    answer = manager.get(here.url("import_errors", last_batch(here).pk))
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert lines[0] == "\ufeffRow,Column,Value,Problem,How to correct it"
    assert [line.split(",")[:3] for line in lines[1:]] == [
        ["2", "Floor", "high"],
        ["3", "Building", ""],
    ]


def test_a_changed_value_is_shown_with_the_one_before(here, manager):
    imported(here.site, UserFactory(), "units", UNITS)
    upload(manager, here, "units", UNITS.replace("89.5", "91.25"))
    shown = page_of(manager, here)
    assert "89.50" in shown
    assert "91.25" in shown
    assert "Import 1 row" in shown


def test_an_import_is_undone_after_a_confirmation(here, manager):
    batch = imported(here.site, UserFactory(), "units", UNITS)
    answer = manager.post(here.url("undo_import", batch.pk), headers={"HX-Request": "true"})
    assert answer.status_code == 204
    run_waiting()
    batch.refresh_from_db()
    assert batch.state == "undone"
    assert not Unit.objects.filter(building__site=here.site, code="0803").exists()


def test_a_list_can_be_discarded(here, manager):
    batch = checked(here.site, UserFactory(), "units", UNITS)
    manager.post(here.url("discard_import", batch.pk))
    batch.refresh_from_db()
    assert batch.state == "discarded"


def test_what_is_confirmed_twice_is_imported_once(here, manager):
    batch = checked(here.site, UserFactory(), "units", UNITS)
    manager.post(here.url("confirm_import", batch.pk))
    answer = manager.post(here.url("confirm_import", batch.pk))
    assert answer.status_code == 422
    run_waiting()
    assert Building.objects.filter(site=here.site, code="3").count() == 1


def test_a_second_list_waits_until_the_first_is_done(here, manager):
    imports.upload(here.site, UserFactory(), "units", "first.csv", UNITS.encode())
    posted = {"file": SimpleUploadedFile("second.csv", UNITS.encode())}
    answer = manager.post(here.url("upload_list", "units"), posted)
    assert answer.status_code == 422
    assert "first.csv" in text(answer)


def test_a_file_that_is_no_list_says_why(here, manager):
    upload(manager, here, "units", b"\xd0\xcf\x11\xe0" + bytes(99), "list.xls")
    assert "Save it as .xlsx without a password" in page_of(manager, here)


@pytest.mark.parametrize("kind", [kind.code for kind in imports.all_kinds()])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_template_fits_its_own_import(here, manager, kind, language):
    columns = imports.kind_of(kind).columns
    for name in ("import_template_csv", "import_template_xlsx"):
        answer = manager.get(here.url(name, kind), HTTP_ACCEPT_LANGUAGE=language)
        content = answer.content if not answer.streaming else b"".join(answer.streaming_content)
        rows = list(open_table(BytesIO(content)))
        with override(language):
            assert rows[0].cells[0] == str(columns[0].title)
        assert match_columns(rows[0].cells, columns) == list(columns)
        example = dict(zip(columns, rows[1].cells, strict=False))
        assert all(column.read(cell) is not None for column, cell in example.items() if cell)


def test_a_workbook_s_second_sheet_explains_each_column(here, manager):
    answer = manager.get(here.url("import_template_xlsx", "units"))
    notes = load_workbook(BytesIO(answer.content)).worksheets[1]
    titles = [row[0].value for row in notes.iter_rows(min_row=2)]
    assert titles == [str(column.title) for column in imports.kind_of("units").columns]
    assert "warehouse" in notes["C4"].value


def test_only_lists_that_a_person_may_import_are_offered(here, technician, guard):
    assert guard.get(here.url("imports")).status_code == 403
    page = text(technician.get(here.url("new_import")))
    assert "Meters with first readings" in page
    assert "Cars of residents" not in page


def test_a_batch_of_another_site_is_not_found(here, manager):
    other = checked(SiteFactory(), UserFactory(), "units", UNITS)
    assert manager.get(here.url("import", other.pk)).status_code == 404
    assert manager.post(here.url("confirm_import", other.pk)).status_code == 404


def test_views_of_lists_with_personal_data_are_audited(here, manager):
    upload(manager, here, "people", "name,phone\nWang Min,13800001234\n")
    page_of(manager, here)
    entries = AuditEntry.objects.filter(site=here.site, action="read import")
    assert entries.filter(subject_id=str(last_batch(here).pk)).count() == 1


def test_past_imports_are_listed_and_filtered(here, manager):
    imported(here.site, UserFactory(), "units", UNITS)
    shown = text(manager.get(here.url("imports"), {"kind": "units"}))
    assert "list.csv" in shown
    assert "list.csv" not in text(manager.get(here.url("imports"), {"kind": "meters"}))


def test_who_lacks_a_room_s_permission_cannot_import_its_list(here):
    role = Role.objects.create(site=here.site, code="importer", name="Importer")
    for code in ("core.import_lists", "core.view_site", "people.manage_people"):
        role.grants.create(permission=Permission.objects.get(code=code))
    user = UserFactory()
    Membership.objects.create(user=user, site=here.site, role=role)
    client = signed_in(user)
    assert client.get(here.url("upload_list", "units")).status_code == 403
    assert client.get(here.url("upload_list", "people")).status_code == 200
