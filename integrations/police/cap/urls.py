"""The addresses of CAP; config includes them below ``/api/v1/feeds/``."""

from django.urls import path

from integrations.police.cap import views

urlpatterns = [path("<slug:feed>/atom", views.atom, name="feed_atom")]
