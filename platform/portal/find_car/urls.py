"""The addresses of the search."""

from django.urls import path

from portal.find_car import views

urlpatterns = [
    path("<slug:slug>/", views.find, name="find"),
    path("<slug:slug>/choose/", views.choose, name="find_choose"),
]
