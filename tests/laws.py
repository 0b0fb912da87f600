"""What the checks of every address share: names in a URLconf, hostile queries, inline code."""

import re

from django.http import HttpResponse
from django.urls import URLPattern, URLResolver

_INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)|\sstyle=|<style|\son[a-z]+=|javascript:", re.IGNORECASE
)
_ID = re.compile(r"""\sid=["']([^"']*)["']""")
#: Malformed numbers, times and texts, each without an upper bound.
HOSTILE_QUERIES = (
    "q=%00&device=%00&metric=%00&plate=%00",
    f"days={'9' * 5000}&points={'9' * 5000}&page={'9' * 5000}&plate={'9' * 5000}",
    "days=%C2%B2&points=%C2%B2&page=%C2%B2&letter=%C2%B2",
    "begin=0001-01-01T00:00:00%2B08:00&end=0002-01-01T00:00:00Z",
    "show=%F0%9F%9A%97&kind=x&state=x&below=x&utility=x&action=x&plate=%F0%9F%9A%97",
)


def url_names(patterns: list[URLPattern | URLResolver]) -> set[str]:
    """Return the names of all URLs below these patterns."""
    found: set[str] = set()
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            found |= url_names(pattern.url_patterns)
        else:
            found.add(pattern.name)
    return found


def with_query(path: str, query: str) -> str:
    """Append a query to a path that may have one."""
    return f"{path}{'&' if '?' in path else '?'}{query}" if query else path


def check_page(answer: HttpResponse, language: str) -> None:
    """Check the language of a page, its content policy, and that it has no inline code."""
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'self'" in policy
    if not answer.get("Content-Type", "").startswith("text/html"):
        return
    content = answer.getvalue().decode()
    assert not _INLINE.search(content)
    if "<html" in content:
        assert f'<html lang="{language}"' in content
        assert content.count("<h1") == 1
    check_ids(content)


def check_ids(content: str) -> None:
    """Check that ids are unique, and that those of a dialog differ from those of any page."""
    ids = _ID.findall(content)
    assert [each for each in ids if ids.count(each) > 1] == []
    if "dialog-foot" in content and "<html" not in content:
        assert [each for each in ids if not each.startswith(("dialog_", "photograph-"))] == []
