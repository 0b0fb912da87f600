"""The help of each area, which the key ``?`` opens."""

import pytest

from tests.browsers import text
from ui.sections import sections_of

pytestmark = pytest.mark.django_db
AREAS = [section for section in sections_of("console") if section.navigation]


def help_of(client, here, page: str, language: str = "en") -> str:
    return text(client.get(here.url("help"), {"page": page}, HTTP_ACCEPT_LANGUAGE=language))


@pytest.mark.parametrize("section", AREAS, ids=lambda section: section.name)
def test_every_area_has_a_help_of_its_own_in_both_languages(here, manager, section):
    page = section.navigation[0].url_name
    english, chinese = (help_of(manager, here, page, code) for code in ("en", "zh-hans"))
    assert section.help_template
    assert english.count("<p>") == chinese.count("<p>") >= 1
    assert not set(english.split("<p>")[1:]) & set(chinese.split("<p>")[1:])


def test_each_page_links_the_help_of_its_area(here, guard):
    assert f'hx-get="{here.url("help")}?page=lanes"' in text(guard.get(here.url("lanes")))


def test_the_lane_board_s_keys_are_in_its_help(here, guard):
    shown = help_of(guard, here, "lanes")
    for key in "1CORVPW":
        assert f"<kbd>{key}</kbd>" in shown


def test_a_page_without_an_area_shows_the_keys_of_every_page(here, guard):
    assert "Ctrl K" in help_of(guard, here, "nowhere")
