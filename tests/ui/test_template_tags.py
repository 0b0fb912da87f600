"""What templates draw: plates, money, shares, spans of time, moments."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from django.utils.translation import override

from core.clock import zone
from ui.templatetags import gatehouse as tags


@pytest.mark.parametrize(
    ("text", "colour", "drawn"),
    [
        (
            "沪A12345",
            "blue",
            '<span class="plate plate-blue " translate="no"><b>沪A</b>12345</span>',
        ),
        ("MAV1234", "", '<span class="plate  " translate="no"><b></b>MAV1234</span>'),
    ],
)
def test_a_plate_keeps_its_text_unbroken(text, colour, drawn):
    assert tags.plate(text, colour) == drawn


def test_an_empty_plate_is_shown_as_text():
    assert "no plate" in tags.plate("")


def test_an_unknown_colour_adds_no_class():
    assert "evil" not in tags.plate("沪A12345", '"><evil')


def test_a_plate_from_the_field_is_escaped():
    assert "&lt;b&gt;" in tags.plate("<b>")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (61, "1 min 1 s"),
        (3600, "1 h"),
        (3661, "1 h 1 min"),
        (86_400, "1 day"),
        (2 * 86_400 + 3600, "2 days 1 h"),
        (-5, "0 s"),
    ],
)
def test_a_duration_has_its_two_largest_units(seconds, said):
    assert tags.span(timedelta(seconds=seconds)) == said


@pytest.mark.parametrize(("share", "said"), [(0.996, "99 %"), (1.0, "100 %"), (None, "")])
def test_a_confidence_is_never_rounded_up_to_100(share, said):
    assert tags.percent(share) == said


@pytest.mark.parametrize("whole", [29, 57, 58, 97])
def test_a_percentage_is_the_whole_number_that_a_camera_sent(whole):
    assert tags.percent(whole / 100) == f"{whole} %"


@pytest.mark.parametrize(
    ("share", "said"), [(0.9996, "99.9 %"), (0.125, "12.5 %"), (1.0, "100.0 %")]
)
def test_a_share_with_a_digit_is_rounded_down(share, said):
    assert tags.percent(share, 1) == said


def test_money_is_formatted_in_the_page_s_language():
    assert tags.money(1250, "CNY") == "CN¥12.50"
    with override("zh-hans"):
        assert tags.money(1250, "CNY") == "¥12.50"
    assert tags.money(None, "CNY") == ""


def test_a_moment_is_in_the_page_s_time_zone_and_carries_the_instant():
    at = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    with timezone.override(zone("Asia/Shanghai")):
        assert tags.moment(at, "date") == (
            '<time datetime="2026-03-01T23:30:00+00:00">2026-03-02 07:30</time>'
        )
        assert ">07:30:00<" in tags.moment(at)
    assert tags.moment(None) == ""


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, ""),
        (0.0, "0"),
        (21.5, "21.5"),
        (1234.567, "1234.567"),
        (99_999_999.999, "99999999.999"),
        (120_417.0, "120417"),
        (0.1 + 0.2, "0.3"),
        (21.299999237060547, "21.3"),  # 21.3 in four bytes
        (1_234_567.125, "1234567.125"),
        (1e300, "1e+300"),
    ],
)
def test_a_number_has_all_its_digits_and_no_float_noise(value, written):
    assert tags.number(value) == written
