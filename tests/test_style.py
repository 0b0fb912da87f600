"""What keeps the code readable: plain words, short functions, short files, narrow templates."""

import ast
import io
import re
import statistics
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CODE = ("platform", "devices", "gis", "integrations")
# Words that this code base once used in place of the field's own (CONTRIBUTING, "Language").
PRIVATE_WORD = re.compile(
    r"\b(told|said|heard|mends?|mended|nobody|somebody|nothing|anew|whom|lest|hears?|tells?|telling"
    r"|says?|keeper|whoever|whatever|wherever|thereof|amiss|yonder|bids)\b"
)
WORD = re.compile(r"[a-z]+")
PRIVATE_WORDS_PER_1000 = 6
MEDIAN_FUNCTION, LONGEST_FUNCTION, LONGEST_FILE = 8, 40, 400
TEMPLATE_COLUMNS = 120


def python_files(*rooms: str) -> Iterator[Path]:
    for room in rooms:
        for path in (ROOT / room).rglob("*.py"):
            if "migrations" not in path.parts:
                yield path


def prose(path: Path) -> Iterator[str]:
    """Yield the comments and docstrings of a module."""
    for token in tokenize.generate_tokens(io.StringIO(path.read_text()).readline):
        is_docstring = token.type == tokenize.STRING and token.string.lstrip("rb").startswith('"""')
        if token.type == tokenize.COMMENT or is_docstring:
            yield token.string


def function_lengths(*rooms: str) -> dict[str, int]:
    lengths = {}
    for path in python_files(*rooms):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                name = f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
                lengths[name] = (node.end_lineno or node.lineno) - node.lineno + 1
    return lengths


def test_comments_and_docstrings_use_the_words_of_the_field():
    count: dict[str, int] = {}
    total = 0
    for path in python_files(*CODE, "tests", "benchmarks", "docs"):
        text = "\n".join(prose(path)).lower()
        total += len(WORD.findall(text))
        count[str(path.relative_to(ROOT))] = len(PRIVATE_WORD.findall(text))
    worst = sorted(count, key=lambda name: -count[name])[:10]
    ceiling = total * PRIVATE_WORDS_PER_1000 / 1000
    assert sum(count.values()) <= ceiling, {name: count[name] for name in worst}


def test_functions_are_short():
    lengths = function_lengths(*CODE)
    ordered = sorted(lengths.values())
    assert statistics.median(ordered) <= MEDIAN_FUNCTION
    longest = ordered[int(len(ordered) * 0.99)]
    assert longest <= LONGEST_FUNCTION, [n for n, k in lengths.items() if k > LONGEST_FUNCTION]


def test_files_are_short():
    lines = {path: path.read_text().count("\n") for path in python_files(*CODE, "tests")}
    assert {str(path.relative_to(ROOT)) for path, n in lines.items() if n > LONGEST_FILE} == set()


def test_templates_are_narrow():
    wide = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in (ROOT / "platform").rglob("*.html")
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if len(line) > TEMPLATE_COLUMNS
    ]
    assert wide == []
