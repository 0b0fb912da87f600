"""The pages of phones load a part of Tabler that has what they use, and little else."""

import gzip
import importlib.util
import re

import pytest
from django.conf import settings
from django.urls import reverse

from tests.factories import StayFactory

PLATFORM = settings.BASE_DIR / "platform"
FIRST_LOAD = 100_000


def slim_css():
    spec = importlib.util.spec_from_file_location(
        "slim_css", settings.BASE_DIR / "docs" / "slim_css.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_part_of_tabler_has_the_classes_in_use():
    module = slim_css()
    classes = set(re.findall(r"\.(-?[_a-zA-Z][\w-]*)", module.slim()))
    stored = set(re.findall(r"\.(-?[_a-zA-Z][\w-]*)", module.TARGET.read_text()))
    assert classes <= stored, "run docs/slim_css.py"


@pytest.mark.django_db
def test_the_first_load_of_a_payment_page_is_small(client):
    stay = StayFactory()
    content = client.get(reverse("portal:stay", args=[stay.public_id])).content
    text = content.decode()
    names = set(re.findall(r'(?:href|src)="/static/([^"#?]+)', text))
    sizes = {name: len(gzip.compress(file_of(name).read_bytes())) for name in names}
    assert "vendor/tabler/tabler.min.css" not in sizes
    assert sum(sizes.values()) + len(gzip.compress(content)) < FIRST_LOAD, sizes


def file_of(name):
    found = [*PLATFORM.glob(f"*/static/{name}"), *PLATFORM.glob(f"*/*/static/{name}")]
    return found[0]
