"""The addresses of deposits."""

from django.urls import path

from console.deposits import views

urlpatterns = [
    path("", views.page, name="deposits"),
    path("<int:pk>/settle/", views.settle, name="settle_deposit"),
]
