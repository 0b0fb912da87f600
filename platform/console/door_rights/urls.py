"""The addresses of rights at doors."""

from django.urls import path

from console.door_rights import views

urlpatterns = [
    path("", views.page, name="door_rights"),
    path("bulk/<slug:action>/", views.bulk, name="bulk_door_rights"),
    path("grant/", views.grant, name="grant_door_right"),
    path("find/", views.find_holders, name="find_right_holders"),
    path("<int:pk>/end/", views.end, name="end_door_right"),
    path("<int:pk>/people/", views.people, name="people_of_door_right"),
    path("at/<int:pk>/", views.at_door, name="rights_at_door"),
]
