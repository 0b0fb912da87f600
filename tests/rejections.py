"""What a call was rejected with."""

from collections.abc import Callable
from typing import Any

import pytest

from core.errors import Rejection


def rejected(call: Callable[..., object], *args: Any, **values: Any) -> tuple[str, str]:
    """Return field and code of the rejection of a call, which has a message and a hint."""
    with pytest.raises(Rejection) as caught:
        call(*args, **values)
    assert caught.value.message
    assert caught.value.hint
    return caught.value.field, caught.value.code


def code_of(call: Callable[..., object], *args: Any, **values: Any) -> str:
    """Return the code that a call is rejected with."""
    return rejected(call, *args, **values)[1]
