"""Stripe's form encoding: ``a[b][0][c]=1`` is a nested value."""

import re
from typing import Any
from urllib.parse import parse_qsl


def parse(text: str) -> dict[str, Any]:
    """Return the nested values of a form; a level whose names are 0, 1, … is a list."""
    root: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        *path, last = re.findall(r"[^\[\]]+", name)
        level = root
        for step in path:
            level = level.setdefault(step, {})
        level[last] = value
    return {name: _listed(value) for name, value in root.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _listed(one) for name, one in value.items()}
    if [*inner] == [str(index) for index in range(len(inner))]:
        return [*inner.values()]
    return inner
