"""The address of a visitor's pass."""

from django.urls import path

from portal.visit import views

urlpatterns = [path("<slug:code>/", views.visit, name="visit")]
