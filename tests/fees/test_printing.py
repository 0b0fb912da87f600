"""All bills of an issued run are printed into one file of PDFs."""

import zipfile
from io import BytesIO

import pytest
from pypdf import PdfReader

from core.documents.batches import batch_file, delete_batches
from core.errors import Rejection
from core.jobs import run_waiting
from fees.runs import printing, prints_of, start_printing
from tests.factories import FeePriceFactory, SiteFactory
from tests.fees.runs_of_site import issue, preview
from tests.fees.units import paid_unit
from tests.gate import staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def site():
    return SiteFactory()


@pytest.fixture
def run(site):
    """A run with three bills, previewed."""
    item = FeePriceFactory(item__site=site, item__code="property", item__title="Property").item
    for _unit in range(3):
        paid_unit(site)
    return preview(site, item)


def test_all_bills_are_packed_in_parts(site, run, monkeypatch):
    monkeypatch.setattr(printing, "CHUNK", 2)
    issued = issue(run)
    start_printing(issued, staff(), language="en")
    run_waiting()
    (done,) = prints_of(issued)
    assert (done.state, done.done) == ("done", 3)
    with zipfile.ZipFile(batch_file(done)) as archive:
        assert archive.namelist() == ["bills-00001.pdf", "bills-00002.pdf"]
        parts = [PdfReader(BytesIO(archive.read(name))) for name in archive.namelist()]
    assert [len(part.pages) for part in parts] == [2, 1]
    assert "Property" in parts[0].pages[1].extract_text()


def test_a_run_without_bills_is_not_printed(run):
    with pytest.raises(Rejection) as caught:
        start_printing(run, staff(), language="en")
    assert caught.value.code == "not_issued"


def test_one_file_is_prepared_at_a_time(run):
    issued = issue(run)
    start_printing(issued, staff(), language="en")
    with pytest.raises(Rejection) as caught:
        start_printing(issued, staff(), language="zh-hans")
    assert caught.value.code == "printing"


def test_files_are_deleted_with_the_data_of_a_person(site, run):
    issued = issue(run)
    start_printing(issued, staff(), language="en")
    run_waiting()
    delete_batches(site.pk)
    assert batch_file(prints_of(issued)[0]) is None
