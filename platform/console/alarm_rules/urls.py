"""The addresses of alarm rules."""

from django.urls import path

from console.alarm_rules import views

urlpatterns = [
    path("", views.page, name="alarm_rules"),
    path("add/", views.add, name="add_alarm_rule"),
    path("<int:pk>/", views.one, name="alarm_rule"),
    path("<int:pk>/change/", views.change, name="change_alarm_rule"),
    path("<int:pk>/try/", views.try_past, name="try_alarm_rule"),
    path("<int:pk>/enable/", views.enable, name="enable_alarm_rule"),
    path("<int:pk>/disable/", views.disable, name="disable_alarm_rule"),
]
