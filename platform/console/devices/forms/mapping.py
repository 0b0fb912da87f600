"""Forms of a mapping: which field of a device's messages is which value."""

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.errors import Rejection
from devices.drivers.generic_json import PRESETS
from ui.forms import PlainForm
from ui.query_params import whole_number
from ui.rejections import sentences

MOST_ROWS = 100
LONGEST_MESSAGE = 256 * 1024
_ROW = re.compile(r"options\.metrics\[(\d+)\]\.(\w+)")
_FIELDS = {
    "options.at": "at_form",
    "options.at.form": "at_form",
    "options.at.pointer": "at_pointer",
    "options.id": "id_pointer",
    "options.firmware": "firmware",
    "options.readings": "readings",
    "options.gateway": "gateway",
    "options.online": "tells",
    **{f"options.{tells}.pointer": "pointer" for tells in ("occupied", "online")},
    **{
        f"options.{tells}.{word}": word
        for tells in ("occupied", "online")
        for word in ("yes", "no")
    },
}


def preset_choices() -> list[tuple[str, Any]]:
    """Return the choices of presets, "none" first."""
    return [("", _("none")), *((preset.name, preset.title) for preset in PRESETS)]


class MetricForm(PlainForm):
    """One metric of the message; a row without a name and a pointer is ignored."""

    metric = forms.CharField(label=_("Metric"), max_length=60, required=False)
    pointer = forms.CharField(label=_("Pointer"), max_length=240, required=False)
    unit = forms.CharField(
        label=pgettext_lazy("of a number", "Unit"), max_length=16, required=False
    )
    suffix = forms.CharField(label=_("Unit in the message"), max_length=16, required=False)
    scale = forms.CharField(
        label=_("Scale"),
        max_length=40,
        required=False,
        widget=forms.TextInput({"placeholder": "1"}),
    )
    offset = forms.CharField(
        label=_("Offset"),
        max_length=40,
        required=False,
        widget=forms.TextInput({"placeholder": "0"}),
    )
    optional = forms.BooleanField(label=_("Optional"), required=False)

    def options(self) -> dict[str, Any] | None:
        """Return the row as driver options, or None if it is empty."""
        data = self.cleaned_data
        return dict(data) if data.get("metric") or data.get("pointer") else None


MetricRows = forms.formset_factory(MetricForm, extra=0, max_num=MOST_ROWS, validate_max=True)


class MessageForm(PlainForm):
    """The topic, and the fields of the message other than metrics."""

    topic = forms.CharField(label=_("Topic"), max_length=240)
    gateway = forms.CharField(
        label=_("Gateway"),
        max_length=60,
        required=False,
        help_text=_("Code of the device that publishes for this one. Empty: it publishes itself."),
    )
    at_form = forms.ChoiceField(
        label=_("Time"),
        required=False,
        choices=[
            ("", _("none: time of receipt")),
            ("rfc3339", "RFC 3339"),
            ("local", _("the site's local time")),
            ("unix_s", _("seconds since 1970")),
            ("unix_ms", _("milliseconds since 1970")),
        ],
        help_text=_("RFC 3339: 2026-05-04T16:30:15+08:00; local time: 2026-05-04 16:30:15"),
    )
    at_pointer = forms.CharField(label=_("Pointer to the time"), max_length=240, required=False)
    id_pointer = forms.CharField(
        label=_("Pointer to a message id"),
        max_length=240,
        required=False,
        help_text=_("A number or text that is unique among the device's messages."),
    )
    firmware = forms.CharField(
        label=_("Pointer to the firmware version"), max_length=240, required=False
    )
    readings = forms.CharField(
        label=_("Pointer to the readings"),
        max_length=240,
        required=False,
        help_text=_("For a list of readings in one message; other pointers then begin at each."),
    )
    tells = forms.ChoiceField(
        label=_("Also reports"),
        required=False,
        choices=[
            ("", _("nothing else")),
            ("occupied", _("bay occupancy")),
            ("online", _("online or offline")),
        ],
    )
    pointer = forms.CharField(label=_("Pointer"), max_length=240, required=False)
    yes = forms.CharField(
        label=_("Values for yes"),
        max_length=400,
        required=False,
        help_text=_("For example: true, 1"),
    )
    no = forms.CharField(
        label=_("Values for no"),
        max_length=400,
        required=False,
        help_text=_("For example: false, 0"),
    )
    optional = forms.BooleanField(label=_("Optional"), required=False)
    preset = forms.ChoiceField(label=_("Preset"), required=False)
    letter = forms.IntegerField(required=False, widget=forms.HiddenInput)
    payload = forms.CharField(
        label=_("Message"),
        required=False,
        strip=False,
        max_length=LONGEST_MESSAGE,
        widget=forms.Textarea({"class": "code message", "spellcheck": "false", "rows": 12}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["preset"].choices = preset_choices()  # type: ignore[attr-defined]


class MappingEntry:
    """Both forms of a mapping, bound to a POST or filled from a device's options."""

    def __init__(self, posted: QueryDict | None, options: Mapping[str, Any], topic: str) -> None:
        self.form = MessageForm(posted, initial={"topic": topic, **_fields_of(options)})
        rows = [dict(row) for row in options.get("metrics", [])] or [{}]
        self.rows = MetricRows(posted, initial=rows, prefix="metrics")
        self._entered: list[MetricForm] = []

    @property
    def topic(self) -> str:
        """The entered topic."""
        return str(self.form.cleaned_data["topic"])

    @property
    def payload(self) -> bytes:
        """The message of the dry run."""
        return str(self.form.cleaned_data["payload"]).encode(errors="replace")

    @property
    def has_errors(self) -> bool:
        """Whether any field is invalid."""
        return bool(self.form.errors) or any(self.rows.errors)

    def copy_fields(self, posted: QueryDict, *names: str) -> None:
        """Copy these fields of a POST into the initial data."""
        self.form.initial = {
            **self.form.initial,
            **{name: posted.get(name, "") for name in names},
        }

    def is_valid(self) -> bool:
        """Validate both forms."""
        return all([self.form.is_valid(), self.rows.is_valid()])

    def options(self) -> dict[str, Any]:
        """Return the entered driver options, not yet checked by the driver."""
        self._entered = [row for row in self.rows if row.options() is not None]
        data = self.form.cleaned_data
        options: dict[str, Any] = {"metrics": [row.options() for row in self._entered]}
        if data["at_form"]:
            options["at"] = {"pointer": data["at_pointer"], "form": data["at_form"]}
        if data["id_pointer"]:
            options["id"] = data["id_pointer"]
        for name in ("readings", "firmware", "gateway"):
            if data[name]:
                options[name] = data[name]
        if data["tells"]:
            options[data["tells"]] = {
                "pointer": data["pointer"],
                "yes": _words(data["yes"]),
                "no": _words(data["no"]),
                "optional": data["optional"],
            }
        return options

    def add_rejection(self, rejection: Rejection) -> None:
        """Show a rejection at the field that it names, or above the form."""
        text = sentences(rejection)
        at_row = _ROW.fullmatch(rejection.field)
        if at_row:
            self._entered[int(at_row[1])].add_error(at_row[2], text)
        elif rejection.field in (*_FIELDS, "topic"):
            self.form.add_error(_FIELDS.get(rejection.field, rejection.field), text)
        else:
            self.form.add_error(None, text)


def with_rows_changed(posted: QueryDict, *, add: bool = False, remove: str = "") -> QueryDict:
    """Return the POST with an empty row added, or without the row of that number."""
    rows = _rows_of(posted)
    removed = whole_number(remove)
    if removed is not None and removed < len(rows):
        del rows[removed]
    if (add and len(rows) < MOST_ROWS) or not rows:
        rows.append({})
    data = posted.copy()
    for name in [name for name in data if name.startswith("metrics-")]:
        del data[name]
    data["metrics-TOTAL_FORMS"], data["metrics-INITIAL_FORMS"] = str(len(rows)), "0"
    for number, row in enumerate(rows):
        for field, value in row.items():
            data[f"metrics-{number}-{field}"] = value
    return data


def _rows_of(posted: QueryDict) -> list[dict[str, str]]:
    count = min(whole_number(posted.get("metrics-TOTAL_FORMS", "")) or 0, MOST_ROWS)
    return [
        {
            field: str(posted[f"metrics-{number}-{field}"])
            for field in MetricForm.base_fields
            if f"metrics-{number}-{field}" in posted
        }
        for number in range(count)
    ]


def _fields_of(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the initial data of `MessageForm` for a device's options."""
    shown: dict[str, Any] = {
        "id_pointer": options.get("id", ""),
        "firmware": options.get("firmware", ""),
        "readings": options.get("readings", ""),
        "gateway": options.get("gateway", ""),
    }
    if "at" in options:
        shown |= {"at_form": options["at"]["form"], "at_pointer": options["at"]["pointer"]}
    for tells in ("occupied", "online"):
        if tells in options:
            question = options[tells]
            words = {word: ", ".join(question[word]) for word in ("yes", "no")}
            shown |= {"tells": tells, **question, **words}
    return shown


def _words(text: str) -> list[str]:
    return [word for part in text.split(",") if (word := part.strip())]
