"""The numbers in a UHPPOTE controller's events, after uhppoted's English dictionary."""

CARD_SWIPE = 1
EVENT_TYPES = {0: "none", CARD_SWIPE: "card swipe", 2: "door", 3: "alarm", 255: "overwritten"}
DIRECTIONS = {1: "in", 2: "out"}
REASONS = {
    0: "no reason",
    1: "swipe",
    2: "swipe open",
    3: "swipe close",
    5: "denied by the system",
    6: "no access rights",
    7: "incorrect password",
    8: "anti-passback",
    9: "more cards",
    10: "first card open",
    11: "door is normally closed",
    12: "interlock",
    13: "not in allowed time period",
    15: "invalid timezone",
    18: "access denied",
    20: "push button",
    23: "door opened",
    24: "door closed",
    25: "supervisor password",
    28: "controller power on",
    29: "controller reset",
    31: "push button invalid: door locked",
    32: "push button invalid: offline",
    33: "push button invalid: interlock",
    34: "push button invalid: threat",
    37: "door open too long",
    38: "forced open",
    39: "fire",
    40: "forced closed",
    41: "theft prevention",
    42: "24x7 zone",
    43: "emergency",
    44: "remote open",
    45: "remote open by the USB reader",
}
# Reasons of events without a card: the means by which a door was opened, or was not.
CREDENTIALS = {
    20: "button",
    25: "pin",
    31: "button",
    32: "button",
    33: "button",
    34: "button",
    44: "remote",
    45: "remote",
}
CHANGES = {23: "opened", 24: "closed", 37: "held", 38: "forced"}
