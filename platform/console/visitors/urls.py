"""The addresses of visitors."""

from django.urls import path

from console.visitors import bans, plates, posters, views

urlpatterns = [
    path("", views.page, name="visits"),
    path("issue/", views.issue, name="issue_visit"),
    path("delivery/", views.delivery, name="issue_delivery_code"),
    path("rules/", views.rules, name="visit_rules"),
    path("posters/", posters.posters, name="door_posters"),
    path("posters/<int:pk>/", posters.poster, name="door_poster"),
    path("bans/", bans.page, name="visitor_bans"),
    path("bans/add/", bans.add, name="add_visitor_ban"),
    path("bans/<int:pk>/approve/", bans.approve, name="approve_visitor_ban"),
    path("bans/<int:pk>/end/", bans.end, name="end_visitor_ban"),
    path("<int:pk>/", views.one, name="visit"),
    path("<int:pk>/approve/", views.approve, name="approve_visit"),
    path("<int:pk>/decline/", views.decline, name="decline_visit"),
    path("<int:pk>/end/", views.end, name="end_visit"),
    path("<int:pk>/extend/", views.extend, name="extend_visit"),
    path("<int:pk>/left/", views.left, name="visitor_left"),
    path("<int:pk>/plate/", plates.set_plate, name="visitor_plate"),
    path("<int:pk>/rules/", views.sign, name="sign_visit"),
    path("<int:pk>/deposit/", views.deposit, name="visit_deposit"),
]
