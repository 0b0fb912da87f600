"""Every page on a phone's or tablet's screen: for all who may open it, in all themes and languages.

The other half of the combinations is in test_accessibility_mouse.py: a worker takes a whole file.
"""

import pytest

from tests.e2e.visits import Visitors, faults_of_pages, report

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_every_page_is_usable_on_a_touched_screen(visitors: Visitors) -> None:
    faults = faults_of_pages(visitors, touched=True)
    assert not faults, report(faults)
