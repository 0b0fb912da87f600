"""The addresses of the visitors' web."""

from django.urls import URLPattern

app_name = "portal"
urlpatterns: list[URLPattern] = []
