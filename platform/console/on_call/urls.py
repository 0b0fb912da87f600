"""The addresses of the rota, of escalation policies and of test alarms."""

from django.urls import path

from console.on_call import policy_views, rota_views, test_alarm_views

urlpatterns = [
    path("", rota_views.page, name="on_call"),
    path("layers/new/", rota_views.add_layer, name="add_rota_layer"),
    path("layers/<int:pk>/", rota_views.change_layer, name="change_rota_layer"),
    path("layers/<int:pk>/remove/", rota_views.remove_layer, name="remove_rota_layer"),
    path("layers/<int:pk>/cover/", rota_views.add_cover, name="add_rota_cover"),
    path("layers/<int:pk>/swap/", rota_views.swap, name="swap_turns"),
    path("absences/new/", rota_views.add_absence, name="add_absence"),
    path("overrides/<int:pk>/remove/", rota_views.remove_override, name="remove_rota_override"),
    path("escalation/", policy_views.page, name="escalation"),
    path("escalation/new/", policy_views.add, name="add_escalation_policy"),
    path("escalation/<int:pk>/", policy_views.change, name="change_escalation_policy"),
    path("escalation/<int:pk>/up/", policy_views.move_up, name="move_escalation_policy"),
    path("escalation/<int:pk>/remove/", policy_views.remove, name="remove_escalation_policy"),
    path("test-alarms/new/", test_alarm_views.send, name="send_test_alarm"),
    path("test-alarms/<int:pk>/", test_alarm_views.one, name="test_alarm"),
    path(
        "test-alarms/<int:pk>/acknowledge/",
        test_alarm_views.acknowledge,
        name="acknowledge_test_alarm",
    ),
]
