"""The addresses of exercises."""

from django.urls import path

from console.exercises import views

urlpatterns = [
    path("", views.page, name="exercises"),
    path("start/", views.start, name="start_exercise"),
    path("<int:pk>/incident/", views.raise_incident, name="raise_exercise_incident"),
    path("<int:pk>/end/", views.end, name="end_exercise"),
]
