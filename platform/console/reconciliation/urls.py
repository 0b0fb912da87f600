"""The addresses of reconciliation."""

from django.urls import path

from console.reconciliation import views

urlpatterns = [
    path("", views.page, name="reconciliation"),
    path("<int:pk>/decide/", views.decide, name="decide_difference"),
]
