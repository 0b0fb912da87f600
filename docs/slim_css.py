"""Write the part of Tabler's style sheet that the narrow pages use: those of phones, and sign-in.

Tabler has 79 KB compressed, most of it for pages of the console. Run it after a change of Tabler,
or of templates in `platform/ui` and `platform/portal`; `tests/ui/test_narrow_css.py` names what is
missing. A class is taken as used if its name occurs anywhere in those rooms.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import tinycss2
from tinycss2.ast import AtRule, Node, QualifiedRule

PLATFORM = Path(__file__).resolve().parent.parent / "platform"
TABLER = PLATFORM / "ui/static/vendor/tabler/tabler.min.css"
TARGET = PLATFORM / "ui/static/ui/tabler-narrow.css"
OWN_STYLES = ("ui/static/ui/theme.css", "portal/static/portal/portal.css")
HEAD = "/* Made of vendor/tabler/tabler.min.css by docs/slim_css.py (MIT, see its LICENSE). */\n"
_CLASS = re.compile(r"\.(-?[_a-zA-Z](?:[\w-]|\\.)*)")
_VARIABLE = re.compile(r"var\(\s*(--[\w-]+)")
_SELECTOR_PARTS = re.compile(r",(?![^(]*\))")
_NESTED = ("media", "supports", "layer", "container")


def slim() -> str:
    """Return the rules of Tabler that the narrow pages use, without unused variables."""
    rules = tinycss2.parse_stylesheet(TABLER.read_text(), skip_comments=True, skip_whitespace=True)
    text = "".join(_kept(rules, _words()))
    own = "".join((PLATFORM / name).read_text() for name in OWN_STYLES)
    while (less := _without_unused_variables(text, own)) != text:
        text = less
    return HEAD + text + "\n"


def _words() -> set[str]:
    """Return the words of all templates, forms and scripts that narrow pages are made of."""
    files = (
        path
        for room in ("ui", "portal")
        for path in (PLATFORM / room).rglob("*")
        if path.suffix in {".html", ".py", ".js"} and "vendor" not in path.parts
    )
    return {word for path in files for word in re.findall(r"[A-Za-z][\w-]*", path.read_text())}


def _kept(rules: list[Node], words: set[str]) -> Iterator[str]:
    for rule in rules:
        if isinstance(rule, QualifiedRule):
            selectors = _SELECTOR_PARTS.split(tinycss2.serialize(rule.prelude))
            used = [each.strip() for each in selectors if set(_CLASS.findall(each)) <= words]
            if used:
                yield f"{','.join(used)}{{{tinycss2.serialize(rule.content)}}}"
        elif isinstance(rule, AtRule) and rule.content and rule.lower_at_keyword in _NESTED:
            inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
            kept = "".join(_kept(inner, words))
            if kept:
                yield f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{kept}}}"


def _without_unused_variables(text: str, own: str) -> str:
    used = set(_VARIABLE.findall(text)) | set(_VARIABLE.findall(own))

    def keep(match: re.Match[str]) -> str:
        return match.group(0) if match.group(1) in used else ""

    text = re.sub(r"(--[\w-]+):(?:[^;{}\"']|\"[^\"]*\"|'[^']*')*(?:;|(?=\}))", keep, text)
    return re.sub(r"[^{}]+\{\}", "", text)


if __name__ == "__main__":
    TARGET.write_text(slim())
