"""The rejection codes of mappings, beside those of `devices.rejection_codes`."""

from devices.rejection_codes import mark as _
from devices.rejections import define

# -- a message that does not fit its mapping ---------------------------------------------------

define(
    "mapping_empty",
    _("contain no mapping yet"),
    _("enter the device's mapping, then replay this message"),
)
define(
    "metric_not_found",
    _("is not in the message"),
    _("correct the pointer of %(metric)s, or select Optional"),
)
define(
    "metric_not_a_number",
    _("is %(value)s, which is not a number"),
    _("point %(metric)s at a number such as 19.5, or have the device send one"),
)
define(
    "selector_ambiguous",
    _("selects %(count)s entries of a list by %(entry)s"),
    _("select by a member whose value only one entry has"),
)
define(
    "readings_not_found",
    _("is not in the message"),
    _("correct the pointer to the readings, or leave it empty"),
)
define("number_too_large", _("is too large a number"), _("check the device"))
define(
    "time_not_found",
    _("is not in the message"),
    _("correct the pointer, or choose none for the time"),
)
define(
    "time_not_a_number",
    _("is %(value)s, which is not a number"),
    _("choose how the message writes its time"),
)
define(
    "time_unit_wrong",
    _("is %(value)s since 1970"),
    _("choose whether the message counts seconds or milliseconds"),
)
define("text_not_found", _("is not in the message"), _("correct the pointer, or leave it empty"))
define(
    "answer_not_found",
    _("is not in the message"),
    _("correct the pointer, or select that not every message has it"),
)
define(
    "value_unmapped",
    _("is %(value)s, which the mapping does not list"),
    _("enter its meaning in the mapping, next to %(choices)s"),
)

# -- a mapping that is not valid ---------------------------------------------------------------

define("mapping_part_unknown", _("is not known"), _("leave it out, or use one of %(choices)s"))
define("no_metrics", _("is empty"), _("enter at least one metric"))
define(
    "readings_without_time",
    _("is required"),
    _("enter the pointer to each reading's time, because a message has several"),
)
define("not_metric_list", _("is not a list of objects"), _("enter a list of metrics"))
define("metric_twice", _("%(metric)s appears twice"), _("choose another name"))
define(
    "scale_out_of_range",
    _("is %(value)s"),
    _("enter a number that is not 0, such as 0.001"),
)
define("offset_out_of_range", _("is %(value)s"), _("enter 0 or a smaller number"))
define("yes_and_no", _("%(word)s already means yes"), _("use it for only one of the two"))
define("device_code_invalid", _("is %(value)s"), _("enter the code of a registered device"))
define(
    "not_a_pointer",
    _("%(value)s is not a JSON pointer"),
    _("start it with /, as in /data/temp; in a name write ~1 for / and ~0 for ~"),
)
define(
    "word_invalid",
    _("contains an entry that is not a single value"),
    _("enter values of 1 to %(longest)s characters"),
)
