"""The addresses of doors as they are now."""

from django.urls import path

from console.doors.views import desk, groups, live, musters, passages

urlpatterns = [
    path("", live.page, name="doors"),
    path("<int:pk>/", live.door, name="live_door"),
    path("<int:pk>/open/", live.open_door, name="open_door"),
    path("passages/", passages.page_of_list, name="door_passages"),
    path("passages/<int:pk>/", passages.page, name="door_passage"),
    path("passages/<int:pk>/forgive/", passages.forgive, name="forgive_passback"),
    path("desk/", desk.page, name="guard_desk"),
    path("desk/find/", desk.find, name="find_at_desk"),
    path("desk/<int:pk>/", desk.person, name="desk_person"),
    path("muster/", musters.page, name="muster"),
    path("muster/begin/", musters.begin, name="begin_muster"),
    path("muster/rules/", musters.rules, name="muster_rules"),
    path("muster/sheet/", musters.sheet, name="muster_sheet"),
    path("muster/file/", musters.file, name="muster_file"),
    path("muster/<int:pk>/", musters.past, name="past_muster"),
    path("muster/<int:pk>/end/", musters.end, name="end_muster"),
    path("muster/<int:pk>/mark/<str:holder>/", musters.mark, name="mark_safe"),
    path("lock-down/", groups.request_lock_down, name="request_lock_down"),
    path("lock-down/<int:pk>/confirm/", groups.confirm_lock_down, name="confirm_lock_down"),
    path("lock-down/<int:pk>/decline/", groups.decline_lock_down, name="decline_lock_down"),
    path("groups/<int:pk>/end-lock-down/", groups.end_lock_down, name="end_lock_down"),
    path("groups/<int:pk>/fire/", groups.begin_fire_release, name="begin_fire_release"),
    path("groups/<int:pk>/end-fire/", groups.end_fire_release, name="end_fire_release"),
]
