"""The rejection codes that drivers, registry, telemetry and signing share, with their texts.

The English texts are templates and the keys of the translation catalogue. A message continues the
field's name, as in "payload.speed: is missing"; a hint is an instruction.
"""


def mark(text: str) -> str:
    """Mark a text for the translation catalogue, imported as ``_``.

    Django's `gettext_noop` does the same, but needs settings: drivers have to work without.
    """
    return text


_ = mark

TEXTS = {
    # -- values ------------------------------------------------------------------------------------
    "missing": (_("is required"), _("send it")),
    "required": (_("is required"), _("enter a value")),
    "empty": (_("is empty"), _("send a text")),
    "conflict": (_("can't be combined with %(other)s"), _("leave one of the two out")),
    "not_an_object": (_("is not an object"), _("use a JSON object")),
    "not_text": (_("is not a text"), _("use a string")),
    "not_a_boolean": (_("is neither true nor false"), _("use true or false")),
    "not_a_number": (_("is not a number"), _("send a JSON number")),
    "not_digits": (_("is not a number"), _("write it in digits")),
    "not_a_decimal": (_("is %(value)s, not a number"), _("enter a number such as 0.001")),
    "not_an_integer": (_("is %(value)s"), _("use a whole number")),
    "out_of_range": (_("is %(value)s"), _("use %(low)s to %(high)s")),
    "too_long": (_("has %(length)s characters"), _("use at most %(longest)s")),
    "not_unicode": (_("contains a NUL or half a surrogate pair"), _("send plain Unicode text")),
    "not_printable": (_("contains control characters"), _("enter plain text")),
    "not_a_choice": (_("is %(value)s"), _("use one of %(choices)s")),
    "none_of": (_("is required"), _("send one of %(choices)s")),
    "list_size": (
        _("is not a list of %(low)s to %(high)s entries"),
        _("use a list of %(low)s to %(high)s entries"),
    ),
    "not_a_box": (_("is not a list of four numbers"), _("send [left, top, right, bottom]")),
    "empty_box": (_("encloses no area"), _("send left < right and top < bottom")),
    "not_base64": (_("is not valid base64"), _("encode it as base64")),
    "not_base64_text": (_("is not base64 of UTF-8"), _("encode the text as UTF-8, then as base64")),
    "byte_count": (_("has %(size)s bytes"), _("send 1 to %(largest)s bytes")),
    "not_jpeg": (_("is not a JPEG"), _("send the base64 of a JPEG file")),
    "photo_too_large": (_("is a photo of %(size)s bytes"), _("send at most %(largest)s bytes")),
    "url_unsupported": (
        _("is not an address that is supported"),
        _("start it with one of %(schemes)s"),
    ),
    # -- times -------------------------------------------------------------------------------------
    "not_rfc3339": (
        _("is %(value)s"),
        _("write it in RFC 3339, such as 2026-05-04T16:30:15+08:00"),
    ),
    "no_utc_offset": (_("has no UTC offset"), _("add Z or an offset such as +08:00")),
    "not_local_time": (_("is %(value)s"), _("write local time, such as 2026-05-04 16:30:15")),
    "not_a_date": (_("is %(value)s"), _("write a date, such as 2026-05-04")),
    "no_such_time": (_("is %(value)s"), _("write a time that exists")),
    "not_unix_time": (_("is %(value)s"), _("count the time in %(unit)s since 1970")),
    "too_old": (_("is %(at)s, more than %(days)s days ago"), _("set the device's clock")),
    "in_the_future": (_("is %(seconds)s s in the future"), _("set the device's clock")),
    "end_before_start": (_("is not after the start"), _("use a later one")),
    # -- payloads ----------------------------------------------------------------------------------
    "payload_too_large": (
        _("has %(size)s bytes, more than %(largest)s"),
        _("send less in one message"),
    ),
    "too_large_without_photo": (
        _("has %(size)s bytes besides its photo, more than %(largest)s"),
        _("send less in one message"),
    ),
    "too_many_values": (
        _("has more than %(most)s values"),
        _("send less in one message"),
    ),
    "payload_size": (
        _("has %(size)s bytes, not %(expected)s"),
        _("publish the bytes as they are, and nothing else"),
    ),
    "several_lines": (_("has several lines"), _("send each line as a message of its own")),
    "field_count": (_("has %(count)s fields, not %(expected)s"), _("send %(layout)s")),
    "not_utf8": (_("is not UTF-8 at byte %(position)s"), _("encode it as UTF-8")),
    "not_json": (_("is not JSON (%(error)s)"), _("send one JSON object")),
    "not_a_json_object": (_("is not a JSON object"), _("send one JSON object")),
    "nested_too_deeply": (_("is nested too deeply"), _("send a flat object")),
    "version_unsupported": (_("is %(value)s"), _("send version 1")),
    # -- devices, topics, options ------------------------------------------------------------------
    "device_unknown": (_("%(device)s is not registered"), _("register the device first")),
    "device_disabled": (_("%(device)s is disabled"), _("enable it, then replay this message")),
    "driver_mismatch": (_("belongs to %(driver)s, not to %(chosen)s"), _("choose its driver")),
    "driver_unknown": (_("%(driver)s is not a driver"), _("choose one of %(choices)s")),
    "site_mismatch": (_("%(device)s is not at site %(site)s"), _("set the device's site")),
    "topic_unknown": (
        _("is not a topic of any driver"),
        _("publish to a topic that docs/devices.md lists"),
    ),
    "topic_mismatch": (
        _("is not the device that the topic names"),
        _("publish on the device's own topic"),
    ),
    "shared_topic": (
        _("is shared: any device can publish there in another's name"),
        _("have it publish to %(topic)s, or set its option %(option)s"),
    ),
    "option_unknown": (_("is not an option of the driver"), _("leave it out")),
    "topic_required": (_("is required"), _("enter the topic that the device publishes on")),
    "topic_unused": (_("is not used by this driver"), _("leave it empty")),
    "topic_invalid": (
        _("is %(value)s"),
        _("use 1 to 240 characters without wildcards, not beginning with $, gh/ or gatehouse/"),
    ),
    "topic_reserved": (_("%(topic)s belongs to another driver"), _("choose that driver")),
    "gateway_unknown": (
        _("%(gateway)s is not another device of this site"),
        _("register it first, or leave this empty"),
    ),
    "name_invalid": (
        _("is %(value)s"),
        _("use 1 to 60 letters, digits, dots, hyphens, underscores"),
    ),
    "already_used": (_("%(name)s belongs to another device"), _("choose another")),
    # Also where a device of another site has it, which is nobody else's business.
    "not_available": (
        _("%(name)s can't be registered here"),
        _("check it, or contact the administrator of this installation"),
    ),
    "registered_meanwhile": (
        _("was assigned to another device in the meantime"),
        _("check the registered devices"),
    ),
    "has_reported": (
        _("%(device)s has reported already"),
        _("disable it on its page"),
    ),
    "interval_out_of_range": (_("is %(value)s"), _("use %(low)s to %(high)s seconds")),
    "invalid": ("%(error)s", _("enter a valid value")),
    # -- commands ----------------------------------------------------------------------------------
    "action_unsupported": (
        _("%(action)s is not supported by this device"),
        _("use one of %(choices)s"),
    ),
    "no_commands": (_("%(action)s: this device takes no commands"), _("choose another driver")),
    "device_not_enabled": (_("the device is disabled"), _("enable it first")),
    "not_a_command_id": (
        _("is %(value)s, which is not a command id"),
        _("answer with the 22 characters that came with the command"),
    ),
    "command_unknown": (
        _("is not a command of this device"),
        _("answer with the id of the command received"),
    ),
    "other_device": (
        _("belongs to another device"),
        _("send the command on that device's own topic"),
    ),
    "signature_invalid": (_("was not made with this device's key"), _("sign the canonical JSON")),
    "expired": (_("is in the past"), _("issue a new command")),
    "sequence_reused": (_("%(seq)s has already been used"), _("issue a new command")),
    # -- telemetry ---------------------------------------------------------------------------------
    "not_telemetry": (_("is not a telemetry topic"), _("publish to %(topic)s")),
    "message_id_invalid": (
        _("is %(value)s"),
        _("send a text of 1 to %(longest)s characters, unique for the device"),
    ),
    "not_metrics": (_("is %(value)s"), _("send an object of metrics and their numbers")),
    "metric_count": (_("has %(count)s metrics"), _("send 1 to %(most)s")),
    "metric_name_invalid": (
        _("is not a metric name"),
        _("use 1 to 60 of a-z, 0-9, underscore and dot"),
    ),
    "not_a_measurement": (
        _("is %(value)s"),
        _("send a number between -%(limit)s and %(limit)s, or leave it out"),
    ),
    "past_retention": (
        _("is %(at)s, and measurements are stored for %(days)s days"),
        _("set the device's clock"),
    ),
    "too_many_metrics": (
        _(
            "is new, and this device already has %(most)s metric names, or all devices have "
            "%(most_of_all)s"
        ),
        _("send a metric name that is in use"),
    ),
    "too_few_points": (_("is %(value)s"), _("request at least 2")),
    # -- dead letters ------------------------------------------------------------------------------
    "handler_failed": ("%(error)s", _("fix the fault, then replay the message")),
    "database_rejected": (
        _("the database rejects it (%(error)s)"),
        _("fix the fault, then replay the message"),
    ),
    "payload_cut": (_("was not stored in full"), _("have the device send it again")),
    "already_closed": (_("was already replayed or discarded"), _("reload the list")),
    "none_open": (_("all selected messages are already closed"), _("reload the list")),
}
