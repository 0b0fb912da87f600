"""Lines of bank statements."""

from billing.models import BankAccount, BankLine
from billing.services import import_statement
from core.models import User


def table(*rows: tuple[str, str, str, str]) -> bytes:
    """A CSV file with amounts, payers, texts and references."""
    lines = ["date,amount,payer,details,reference"]
    lines += [f"2026-11-27,{','.join(row)}" for row in rows]
    return "\n".join(lines).encode()


def a_line(
    account: BankAccount, actor: User, amount: str, name: str = "", text: str = ""
) -> BankLine:
    import_statement(account, actor, table((amount, name, text, f"r{amount}{text[-9:]}")))
    return BankLine.objects.latest("pk")
