"""What a time profile says in plain language."""

import pytest

from doors.profile_texts import lines_of, weekly_text
from doors.profiles import from_plain


def said(*windows, **more) -> str:
    return weekly_text(from_plain("UTC", windows, **more))


def window(days: list[int], begins: str, ends: str) -> dict[str, object]:
    return {"days": days, "begins": begins, "ends": ends}


@pytest.mark.parametrize(
    ("windows", "text"),
    [
        ([window([0, 1, 2, 3, 4], "08:00", "18:00")], "Monday to Friday 08:00–18:00"),
        ([window([5, 6], "09:00", "12:00")], "Saturday, Sunday 09:00–12:00"),
        ([window(list(range(7)), "00:00", "24:00")], "Every day all day"),
        ([window([4], "22:00", "06:00")], "Friday 22:00–06:00 of the next day"),
        (
            [window([0], "13:00", "18:00"), window([0], "08:00", "12:00")],
            "Monday 08:00–12:00, 13:00–18:00",
        ),
        (
            [window([0, 2, 3, 4], "08:00", "09:00"), window([6], "10:00", "11:00")],
            "Monday, Wednesday to Friday 08:00–09:00; Sunday 10:00–11:00",
        ),
        ([], "never"),
    ],
)
def test_a_week_in_one_sentence(windows, text):
    assert said(*windows) == text


def test_other_days_and_the_period_follow():
    exceptions = [
        {"first": "2026-10-01", "last": "2026-10-07", "windows": []},
        {
            "first": "2026-12-31",
            "last": "2026-12-31",
            "windows": [{"begins": "08:00", "ends": "12:00"}],
        },
    ]
    profile = from_plain("UTC", [], exceptions, None, None)
    assert lines_of(profile) == [
        "never",
        "2026-10-01 to 2026-10-07: closed all day",
        "2026-12-31: 08:00–12:00",
    ]
