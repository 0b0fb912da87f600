"""The addresses of time profiles."""

from django.urls import path

from console.time_profiles import views

urlpatterns = [
    path("", views.page, name="time_profiles"),
    path("add/", views.add, name="add_time_profile"),
    path("bulk/<slug:action>/", views.bulk, name="bulk_time_profiles"),
    path("<int:pk>/", views.one, name="time_profile"),
    path("<int:pk>/change/", views.change, name="change_time_profile"),
    path("<int:pk>/remove/", views.remove, name="remove_time_profile"),
]
