"""Amounts in the texts of the product are written as money, in the form of the reader's language.

`Money.written()` does that; ``str`` of money and minor units are for logs and records.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation import override

from core.money import Money

ROOMS = ("platform", "devices", "integrations")
TRANSLATES = {
    *("_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"),
    "npgettext",
}
#: What texts call an amount of money.
AMOUNTS = {
    *("amount", "asked", "cash", "charged", "credit", "due", "fee", "held", "left"),
    *("owed", "paid", "price", "refund", "share", "taken"),
}
WRITERS = {"written", "written_price"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def trees() -> Iterator[tuple[str, ast.Module]]:
    for room in ROOMS:
        for path in (settings.BASE_DIR / room).rglob("*.py"):
            if "migrations" not in path.parts:
                yield str(path.relative_to(settings.BASE_DIR)), ast.parse(path.read_text())


def name_of(called: ast.expr) -> str:
    return called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")


def set_together(node: ast.Assign) -> Iterator[tuple[ast.expr, ast.expr]]:
    """What an assignment sets, one by one."""
    for target in node.targets:
        if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            yield from zip(target.elts, node.value.elts, strict=True)
        else:
            yield target, node.value


class Texts(ast.NodeVisitor):
    """The values of texts in a module that are amounts and not written as money."""

    def __init__(self, tree: ast.Module) -> None:
        self.found: list[str] = []
        self.scope: ast.AST = tree
        self.texts = {
            each.name: ast.unparse(each.returns) if each.returns else ""
            for each in ast.walk(tree)
            if isinstance(each, Function)
        }

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        before, self.scope = self.scope, node
        self.generic_visit(node)
        self.scope = before

    def visit_BinOp(self, node: ast.BinOp) -> None:
        is_text = isinstance(node.left, ast.Call) and name_of(node.left.func) in TRANSLATES
        if isinstance(node.op, ast.Mod) and is_text:
            for key, value in self.pairs(node.right):
                if not self.is_written(key, value):
                    self.found.append(f"{node.lineno}: {key}={ast.unparse(value)}")
        self.generic_visit(node)

    def pairs(self, values: ast.expr) -> Iterator[tuple[str, ast.expr]]:
        for each in self.meanings(values):
            if isinstance(each, ast.Dict):
                for key, value in zip(each.keys, each.values, strict=True):
                    if isinstance(key, ast.Constant):
                        yield str(key.value), value

    def meanings(self, value: ast.expr) -> list[ast.expr]:
        """The value, or what its name is set to in the function."""
        if not isinstance(value, ast.Name):
            return [value]
        return [
            found
            for each in ast.walk(self.scope)
            if isinstance(each, ast.Assign)
            for target, found in set_together(each)
            if isinstance(target, ast.Name) and target.id == value.id
        ]

    def is_written(self, key: str, value: ast.expr) -> bool:
        meant = self.meanings(value)
        if any(self.is_bare(each) for each in meant):
            return False
        return key not in AMOUNTS or (bool(meant) and all(map(self.is_text, meant)))

    def is_bare(self, value: ast.expr) -> bool:
        is_money = isinstance(value, ast.Call) and name_of(value.func) == "Money"
        return is_money or (isinstance(value, ast.Attribute) and value.attr == "minor")

    def is_text(self, value: ast.expr) -> bool:
        if isinstance(value, ast.IfExp):
            return self.is_text(value.body) and self.is_text(value.orelse)
        if not isinstance(value, ast.Call):
            return isinstance(value, ast.Constant)
        name = name_of(value.func)
        return name in WRITERS or self.texts.get(name) == "str"


def amounts_in(source: str) -> list[str]:
    tree = ast.parse(source)
    texts = Texts(tree)
    texts.visit(tree)
    return texts.found


def test_amounts_in_texts_are_written_as_money() -> None:
    found = {}
    for path, tree in trees():
        texts = Texts(tree)
        texts.visit(tree)
        if texts.found:
            found[path] = texts.found
    assert found == {}


@pytest.mark.parametrize(
    "source",
    [
        "_('%(due)s is due') % {'due': due}",
        "_('%(due)s is due') % {'due': payment.amount}",
        "_('%(x)s is due') % {'x': Money(1, 'CNY')}",
        "_('%(x)s is due') % {'x': due.minor}",
        "def f(due):\n    values = {'due': due}\n    return _('%(due)s') % values",
        "def f():\n    due = Money(1, 'CNY')\n    return _('%(due)s') % {'due': due}",
    ],
)
def test_an_amount_that_is_not_written_is_found(source: str) -> None:
    assert amounts_in(source)


@pytest.mark.parametrize(
    "source",
    [
        "_('%(due)s is due') % {'due': due.written()}",
        "def f(due):\n    text = due.written()\n    return _('%(due)s') % {'due': text}",
        "def g() -> str: ...\n_('%(due)s') % {'due': g()}",
        "_('%(day)s') % {'day': today}",
    ],
)
def test_an_amount_that_is_written_is_accepted(source: str) -> None:
    assert amounts_in(source) == []


def test_money_is_written_in_the_language_of_the_reader() -> None:
    money = Money(123450, "CNY")
    for language, expected in (("en", "CN¥1,234.50"), ("zh-hans", "¥1,234.50")):
        with override(language):
            assert money.written() == expected


def test_templates_write_amounts_as_money() -> None:
    bare = []
    for path in Path(settings.BASE_DIR / "platform").rglob("templates/**/*.html"):
        text = path.read_text()
        bare += [f"{path.name}: {word}" for word in text.split() if word.endswith(".minor")]
    assert bare == []
