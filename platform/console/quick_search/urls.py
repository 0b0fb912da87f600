"""The address of the search box."""

from django.urls import path

from console.quick_search import views

urlpatterns = [
    path("", views.find, name="find"),
]
