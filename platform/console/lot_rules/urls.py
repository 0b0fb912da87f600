"""The addresses of the car parks' rules."""

from django.urls import path

from console.lot_rules import views

urlpatterns = [
    path("", views.page, name="lot_rules"),
    path("<int:pk>/", views.change, name="change_lot_rules"),
]
