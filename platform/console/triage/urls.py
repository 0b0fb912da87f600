"""The addresses of the triage board."""

from django.urls import path

from console.triage import views

urlpatterns = [
    path("", views.page, name="triage"),
    path("rows/", views.rows, name="triage_rows"),
    path("versions.json", views.versions, name="triage_versions"),
    path("marks.json", views.marks, name="triage_marks"),
    path("<int:pk>/", views.one, name="triage_incident"),
    path("<int:pk>/own/", views.own, name="triage_own"),
    path("<int:pk>/acknowledge/", views.acknowledge, name="triage_acknowledge"),
]
