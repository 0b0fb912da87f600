"""Every page on a computer's screen: for all who may open it, in all themes and languages."""

import pytest

from tests.e2e.visits import Visitors, faults_of_pages, report

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_every_page_is_usable_with_a_mouse(visitors: Visitors) -> None:
    faults = faults_of_pages(visitors, touched=False)
    assert not faults, report(faults)
