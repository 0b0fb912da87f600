"""Why a message was refused, as a technician who reads Chinese is told."""

import json
from datetime import UTC, datetime

import pytest
from django.utils import translation

from console.rejection_labels import TEXTS, in_words
from core.errors import Rejection
from devices.drivers import gatehouse, generic_json
from devices.drivers.contract import Sender, Source
from tests.console.world import text

NOW = datetime(2026, 5, 4, 8, 30, tzinfo=UTC)
ONE = {"metrics": [{"metric": "t.c", "pointer": "/t"}]}
TIME = {"pointer": "/at", "form": "unix_s"}
CAR = {"pointer": "/car", "yes": ["1"], "no": ["0"]}


def refused(options, said):
    source = Source(7, 3, "t-1", generic_json.check_options(options))
    payload = said if isinstance(said, bytes) else json.dumps(said).encode()
    with pytest.raises(Rejection) as raised:
        generic_json.read(source, Sender("t-1", "own"), payload, NOW)
    return raised.value


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (ONE, {}),
        (ONE, {"t": "19,5"}),
        (ONE, b"{"),
        (ONE, b"\xff"),
        ({}, {}),
        ({**ONE, "at": TIME}, {"t": 1}),
        ({**ONE, "at": TIME}, {"t": 1, "at": "now"}),
        ({**ONE, "at": TIME}, {"t": 1, "at": 1}),
        ({**ONE, "at": TIME}, {"t": 1, "at": NOW.timestamp() + 3600}),
        ({**ONE, "at": TIME}, {"t": 1, "at": 1e13}),
        ({**ONE, "at": {**TIME, "form": "local"}}, {"t": 1, "at": "noon"}),
        ({**ONE, "at": {**TIME, "form": "rfc3339"}}, {"t": 1, "at": "2026-05-04T08:30:00"}),
        ({**ONE, "id": "/id"}, {"t": 1}),
        ({**ONE, "id": "/id"}, {"t": 1, "id": "x" * 99}),
        ({"occupied": CAR}, {}),
        ({"occupied": CAR}, {"car": "maybe"}),
    ],
)
def test_what_a_mapping_refuses_is_said_in_chinese(options, said):
    rejection = refused(options, said)
    with translation.override("zh-hans"):
        for words in (rejection.message, rejection.hint):
            assert in_words(words) != words
            assert any("\u4e00" <= letter <= "\u9fff" for letter in in_words(words))


def test_what_a_gatehouse_device_leaves_out_is_said_in_chinese():
    with pytest.raises(Rejection) as raised:
        gatehouse.read(Source(7, 3, "t-1"), Sender("t-1", "event"), b"{}", NOW)
    with translation.override("zh-hans"):
        assert (in_words(raised.value.message), in_words(raised.value.hint)) == (
            "缺失",
            "请上报该字段",
        )


def test_what_the_message_held_stays_as_it_was():
    with translation.override("zh-hans"):
        assert in_words("is 'abc'") == "为 'abc'"
        assert in_words("is '19,5', which is no number") == "为 '19,5'，不是数字"
        assert "t.c" in in_words("correct the pointer of t.c, or mark it as “may be missing”")


def test_every_known_text_is_known_again_as_itself():
    with translation.override("en"):
        for said in TEXTS:
            whole = said.replace("%(", "<").replace(")s", ">")
            assert in_words(whole) == whole


@pytest.mark.parametrize("said", ["is no list of doors", "comes with 100 % of nothing", ""])
def test_a_text_that_nobody_translated_stays_as_it_is(said):
    with translation.override("zh-hans"):
        assert in_words(said) == said


@pytest.mark.django_db
def test_a_dead_letter_is_explained_in_the_language_of_the_page(here, technician):
    technician.cookies["django_language"] = "zh-hans"
    for page in (here.url("dead_letters"), here.url("dead_letter", here.letter.pk)):
        assert "ghost 未登记" in text(technician.get(page))
    assert "请先登记该设备" in text(technician.get(here.url("dead_letter", here.letter.pk)))
