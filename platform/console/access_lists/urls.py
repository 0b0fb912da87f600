"""The addresses of the access lists."""

from django.urls import path

from console.access_lists import views

urlpatterns = [
    path("", views.entries, name="access"),
    path("bulk/<slug:action>/", views.bulk_entries, name="bulk_entries"),
    path("vehicles/", views.vehicles, name="access_vehicles"),
    path("vehicles/bulk/<slug:action>/", views.bulk_vehicles, name="bulk_vehicles"),
    path("passes/", views.passes, name="access_passes"),
    path("passes/bulk/<slug:action>/", views.bulk_passes, name="bulk_passes"),
    path("add/", views.add_entry, name="add_entry"),
    path("<int:pk>/until/", views.change_entry_end, name="change_entry_end"),
    path("<int:pk>/end/", views.end_entry, name="end_entry"),
    path("people/", views.find_people, name="find_people"),
    path("vehicles/add/", views.add_vehicle, name="add_vehicle"),
    path("vehicles/<int:pk>/until/", views.change_vehicle_end, name="change_vehicle_end"),
    path("vehicles/<int:pk>/end/", views.end_vehicle, name="end_vehicle"),
    path("passes/add/", views.add_pass, name="add_pass"),
    path("passes/<int:pk>/cancel/", views.cancel_pass, name="cancel_pass"),
]
