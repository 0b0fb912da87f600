"""The page that edits a time profile: its form, and one for each window and exception."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import QueryDict

from console.time_profiles.forms import ExceptionForm, Holidays, ProfileForm, TimesForm, WindowForm
from core.errors import Rejection
from core.revisions import revision_of
from doors.models import TimeProfile
from doors.profiles import MIDNIGHT
from doors.time_profiles import MOST_EXCEPTIONS, MOST_WINDOWS, values_of
from ui.query_params import whole_number

Row = Mapping[str, Any]
#: By the name of the rows: the prefix of their fields, their form, and how many there may be.
_ROWS: dict[str, tuple[str, type[TimesForm], int]] = {
    "windows": ("w", WindowForm, MOST_WINDOWS),
    "exceptions": ("e", ExceptionForm, MOST_EXCEPTIONS),
}
_NEW_WINDOW = {"days": [0, 1, 2, 3, 4], "begins": "08:00", "ends": "18:00"}


class Editor:
    """The forms of the page."""

    def __init__(
        self, profile: ProfileForm, windows: list[WindowForm], exceptions: list[ExceptionForm]
    ) -> None:
        self.profile, self.windows, self.exceptions = profile, windows, exceptions

    def is_valid(self) -> bool:
        """Validate all forms."""
        wrong = [f for f in (self.profile, *self.windows, *self.exceptions) if not f.is_valid()]
        return not wrong

    def values(self) -> dict[str, Any]:
        """Return the arguments of the service; windows of the same days stand together."""
        exceptions: dict[tuple[str, str], dict[str, Any]] = {}
        for form in self.exceptions:
            plain = form.plain()
            same = exceptions.setdefault((plain["first"], plain["last"]), {**plain, "windows": []})
            same["windows"] += plain["windows"]
        return {
            **self.profile.values(),
            "windows": [form.plain() for form in self.windows],
            "exceptions": list(exceptions.values()),
        }

    def add_rejection(self, rejection: Rejection) -> None:
        """Show a rejection at its field, or above the form."""
        self.profile.add_rejection(rejection)


def new_editor() -> Editor:
    """Return the forms of a new profile, with working hours to start from."""
    return _unbound(ProfileForm(), [_NEW_WINDOW], [])


def editor_of(profile: TimeProfile) -> Editor:
    """Return the forms that show a profile."""
    initial = {
        "name": profile.name,
        "first_on": profile.first_on,
        "last_on": profile.last_on,
        "revision": revision_of(values_of(profile)),
        **_holidays(profile.holiday_windows),
    }
    windows = [{**each, **_times(each)} for each in profile.windows]
    exceptions = [row for each in profile.exceptions for row in _exception_rows(each)]
    return _unbound(ProfileForm(initial=initial), windows, exceptions)


def posted_editor(data: QueryDict) -> Editor:
    """Return the forms bound to what was posted."""
    bound = {
        name: [form(data, prefix=f"{letter}{number}") for number in range(_count(data, name))]
        for name, (letter, form, _most) in _ROWS.items()
    }
    return _placed(Editor(ProfileForm(data), bound["windows"], bound["exceptions"]))  # type: ignore[arg-type]


def changed_editor(data: QueryDict, act: str) -> Editor:
    """Return the forms with what was posted, not validated, after a change of the rows.

    Args:
        act: ``add windows``, ``add exceptions``, or ``remove`` and the place of a row.
    """
    rows = {
        name: [_posted_row(data, letter, number) for number in range(_count(data, name))]
        for name, (letter, _form, _most) in _ROWS.items()
    }
    verb, _space, what = act.partition(" ")
    for name, (letter, _form, most) in _ROWS.items():
        number = whole_number(what.removeprefix(letter)) if what.startswith(letter) else None
        if verb == "add" and what == name and len(rows[name]) < most:
            rows[name].append({} if name == "exceptions" else dict(_NEW_WINDOW))
        elif verb == "remove" and number is not None and number < len(rows[name]):
            del rows[name][number]
    fields = {name: data.get(name, "") for name in ProfileForm.base_fields}
    return _unbound(ProfileForm(initial=fields), rows["windows"], rows["exceptions"])


def _unbound(profile: ProfileForm, windows: Sequence[Row], exceptions: Sequence[Row]) -> Editor:
    return _placed(
        Editor(
            profile,
            [WindowForm(prefix=f"w{n}", initial=row) for n, row in enumerate(windows)],
            [ExceptionForm(prefix=f"e{n}", initial=row) for n, row in enumerate(exceptions)],
        )
    )


def _placed(editor: Editor) -> Editor:
    """Let each row know by what it is removed."""
    for form in [*editor.windows, *editor.exceptions]:
        form.place = str(form.prefix)
    return editor


def _holidays(windows: Sequence[Row] | None) -> dict[str, str]:
    if not windows:
        return {"holidays": Holidays.USUAL if windows is None else Holidays.CLOSED}
    times = _times(windows[0])
    return {
        "holidays": Holidays.OTHER,
        "holiday_begins": times["begins"],
        "holiday_ends": times["ends"],
    }


def _exception_rows(exception: Row) -> list[dict[str, Any]]:
    days = {"first": exception["first"], "last": exception["last"]}
    if not exception["windows"]:
        return [{**days, "closed": True}]
    return [{**days, **_times(each)} for each in exception["windows"]]


def _times(window: Row) -> dict[str, str]:
    """Return the times of a window as fields show them: none for all day."""
    if (window["begins"], window["ends"]) == ("00:00", MIDNIGHT):
        return {"begins": "", "ends": ""}
    return {
        "begins": window["begins"],
        "ends": "00:00" if window["ends"] == MIDNIGHT else window["ends"],
    }


def _count(data: QueryDict, name: str) -> int:
    return min(max(whole_number(data.get(name, "")) or 0, 0), _ROWS[name][2])


def _posted_row(data: QueryDict, letter: str, number: int) -> dict[str, Any]:
    prefix = f"{letter}{number}-"
    row: dict[str, Any] = {
        name.removeprefix(prefix): data.get(name) for name in data if name.startswith(prefix)
    }
    if f"{prefix}days" in data:
        row["days"] = data.getlist(f"{prefix}days")
    return row
