"""Lists inside sentences are written as the reader's language writes them."""

import re
from pathlib import Path

import pytest
from django.template import Context, Template
from django.utils import translation

from core.text_lists import joined

ROOT = Path(__file__).resolve().parents[2]
# What machines read, what is stored, and what a form parses again keeps its comma.
NOT_FOR_READERS = {
    "billing/ledger.py",  # an error of a program
    "billing/services/checkout.py",  # a title at the payment provider
    "billing/services/recording.py",  # a memo of the ledger
    "config/https.py",  # a detail of the audit log
    "console/devices/forms/mapping.py",  # values of a field
    "console/tariffs/forms.py",  # values of a field
    "core/copying.py",  # SQL
    "core/counting.py",  # SQL
    "estate/management/commands/provision.py",  # a command's options
    "incidents/models/evidence.py",  # the text of a row
    "parking/selectors.py",  # SQL
    "ui/amounts.py",  # values of a field
    "ui/lists/declaration.py",  # triggers of htmx
}
COMMA = re.compile(r"""["'], ["']\.join|_\(", "\)|join:", "|forloop\.\w+ %}, """)


@pytest.mark.parametrize(("language", "text"), [("en", "a, b, 3"), ("zh-hans", "a、b、3")])
def test_a_list_has_the_commas_of_its_reader(language, text):
    with translation.override(language):
        assert joined(["a", "b", 3]) == text
        template = Template("{% load gatehouse %}{{ values|joined }}")
        assert template.render(Context({"values": ["a", "b", 3]})) == text
        each = "{% for each in values %}{{ each }}{{ forloop|comma }}{% endfor %}"
        template = Template("{% load gatehouse %}" + each)
        assert template.render(Context({"values": ["a", "b", 3]})) == text
    assert joined([]) == ""


def test_a_list_on_a_page_is_escaped():
    template = Template("{% load gatehouse %}{{ values|joined }}")
    assert template.render(Context({"values": ["<b>", "c"]})) == "&lt;b&gt;, c"


def test_no_text_for_readers_joins_its_parts_by_an_english_comma():
    platform = ROOT / "platform"
    found = {
        str(path.relative_to(platform))
        for path in platform.rglob("*")
        if path.suffix in (".py", ".html") and "migrations" not in path.parts
        if COMMA.search(path.read_text())
    }
    assert found == NOT_FOR_READERS
