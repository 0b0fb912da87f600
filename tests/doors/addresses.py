"""The addresses of cards and doors, of rights and time profiles, and of visitors."""

from doors.permissions import DoorPermission
from tests.rooms import Address

VIEW, MANAGE = DoorPermission.VIEW_CARDS, DoorPermission.MANAGE_CARDS
RIGHTS = DoorPermission.MANAGE_RIGHTS
OPEN = DoorPermission.OPEN_DOORS
CONSOLE = {
    "door_lists": Address(RIGHTS),
    "list_on_device": Address(RIGHTS, "list_entry.device", audited=True),
    "compare_list_on_device": Address(RIGHTS, "list_entry.device"),
    "send_list_entry_again": Address(RIGHTS, "list_entry"),
    "widen_list_entry": Address(RIGHTS, "list_entry"),
    "time_profiles": Address(RIGHTS),
    "add_time_profile": Address(RIGHTS),
    "bulk_time_profiles": Address(RIGHTS, words=("days",)),
    "time_profile": Address(RIGHTS, "time_profile"),
    "change_time_profile": Address(RIGHTS, "time_profile"),
    "remove_time_profile": Address(RIGHTS, "time_profile"),
    "door_rights": Address(RIGHTS),
    "bulk_door_rights": Address(RIGHTS, words=("withdraw",)),
    "grant_door_right": Address(RIGHTS),
    "find_right_holders": Address(RIGHTS, post_only=True),
    "end_door_right": Address(RIGHTS, "door_right"),
    "people_of_door_right": Address(RIGHTS, "door_right", audited=True),
    "rights_at_door": Address(RIGHTS, "door"),
    "cards": Address(VIEW),
    "bulk_cards": Address(MANAGE, words=("return",)),
    "find_cardholders": Address(MANAGE, post_only=True),
    "issue_card": Address(MANAGE),
    "return_card": Address(MANAGE, "card"),
    "report_card_lost": Address(MANAGE, "card"),
    "suspend_card": Address(MANAGE, "card"),
    "reactivate_card": Address(MANAGE, "card"),
    "change_card_end": Address(MANAGE, "card"),
    "person_credentials": Address(VIEW, "resident", audited=True),
    "issue_pin": Address(MANAGE, "resident"),
    "issue_printed_code": Address(MANAGE, "resident"),
    "allow_phone": Address(MANAGE, "resident"),
    "printed_code": Address(MANAGE, "printed_token", audited=True),
    "suspend_token": Address(MANAGE, "printed_token"),
    "report_token_lost": Address(MANAGE, "printed_token"),
    "reactivate_token": Address(MANAGE, "printed_token"),
    "unlock_pin": Address(MANAGE, "printed_token"),
    "end_token": Address(MANAGE, "printed_token"),
    "doors": Address(DoorPermission.VIEW_DOORS),
    "live_door": Address(DoorPermission.VIEW_DOORS, "live_door"),
    "open_door": Address(OPEN, "live_door"),
    "door_passages": Address(DoorPermission.VIEW_DOOR_PASSAGES),
    "door_passage": Address(DoorPermission.VIEW_DOOR_PASSAGES, "door_passage", audited=True),
    "forgive_passback": Address(OPEN, "door_passage"),
    "request_lock_down": Address(OPEN),
    "confirm_lock_down": Address(OPEN, "lock_down"),
    "decline_lock_down": Address(OPEN, "lock_down"),
    "end_lock_down": Address(OPEN, "live_group"),
    "begin_fire_release": Address(OPEN, "live_group"),
    "end_fire_release": Address(OPEN, "live_group"),
}
CONSOLE |= {
    "guard_desk": Address(VIEW),
    "find_at_desk": Address(VIEW, post_only=True),
    "desk_person": Address(VIEW, "resident", audited=True),
}
MUSTER = DoorPermission.RUN_MUSTERS
CONSOLE |= {
    "muster": Address(MUSTER, audited=True),
    "begin_muster": Address(MUSTER),
    "muster_rules": Address(RIGHTS),
    "muster_sheet": Address(MUSTER, audited=True),
    "muster_file": Address(MUSTER),
    "past_muster": Address(MUSTER, "muster", audited=True),
    "end_muster": Address(MUSTER, "muster"),
    "mark_safe": Address(MUSTER, "muster", post_only=True, words=("plate-B1",)),
}

SEE, HANDLE, RULE = (
    DoorPermission.VIEW_VISITORS,
    DoorPermission.MANAGE_VISITORS,
    DoorPermission.SET_VISIT_RULES,
)
CONSOLE |= {
    "visits": Address(SEE),
    "visit": Address(SEE, "visit", audited=True),
    "issue_visit": Address(HANDLE),
    "issue_delivery_code": Address(HANDLE),
    "visit_rules": Address(RULE),
    "door_posters": Address(SEE),
    "door_poster": Address(SEE, "live_door"),
    "visitor_bans": Address(RULE),
    "add_visitor_ban": Address(RULE),
    "approve_visitor_ban": Address(RULE, "visitor_ban"),
    "end_visitor_ban": Address(RULE, "visitor_ban"),
    **{
        name: Address(HANDLE, "visit")
        for name in (
            *("approve_visit", "decline_visit", "end_visit", "extend_visit"),
            *("visitor_left", "sign_visit", "visit_deposit"),
        )
    },
}
RESIDENTS = {
    "own_doors": Address(row="binding"),
    "open_own_door": Address(row="binding", further=("own_door",), post_only=True),
    "own_door_code": Address(row="binding"),
    "own_pin": Address(row="binding"),
    "lose_own_card": Address(row="binding", further=("own_card",)),
    "delivery_code": Address(row="binding", further=("home_unit",)),
    "approve_visitor": Address(row="binding", further=("own_visit",), post_only=True),
    "decline_visitor": Address(row="binding", further=("own_visit",), post_only=True),
}
PORTAL = {
    "ask_at_door": Address(row="poster", by="token"),
    "sign_visit_rules": Address(row="visit", by="code", post_only=True),
}
OWN_FACE = ("binding.person",)
RESIDENTS |= {
    "own_faces": Address(row="binding", answers=(302,)),
    "own_face": Address(row="binding", further=OWN_FACE),
    "own_face_devices": Address(row="binding", further=OWN_FACE),
    "withdraw_own_face": Address(row="binding", further=OWN_FACE),
    # Without a consent there is nothing to take a photo for.
    "enrol_own_face": Address(row="binding", further=OWN_FACE, answers=(302,)),
    "judge_own_face": Address(row="binding", further=OWN_FACE, post_only=True),
    "agree_to_face": Address(row="binding", further=OWN_FACE, post_only=True),
    "keep_own_face_photo": Address(row="binding", further=OWN_FACE, post_only=True),
}
FACES = DoorPermission.MANAGE_FACES
CONSOLE |= {
    "faces": Address(FACES),
    "find_face_people": Address(FACES, post_only=True),
    "choose_face": Address(FACES),
    "enter_face_filing": Address(FACES),
    "person_face": Address(FACES, "home.person", audited=True),
    # Without a consent there is nothing to take a photo for.
    "enrol_face": Address(FACES, "home.person", answers=(303,)),
    "judge_face": Address(FACES, "home.person", post_only=True),
    **{
        name: Address(FACES, "home.person")
        for name in ("consent_to_face", "delete_face_photo", "keep_face_photo", "withdraw_face")
    },
}
