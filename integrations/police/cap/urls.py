"""The addresses of CAP; config includes them below ``/api/v1/feeds/``."""

from django.urls import path

from integrations.police.cap import acknowledgements, views

urlpatterns = [
    path("<slug:feed>/atom", views.atom, name="feed_atom"),
    path("<slug:feed>/ack", acknowledgements.acknowledge, name="cap_acknowledgement"),
    path("<slug:feed>/messages/<slug:message>/ack", acknowledgements.acknowledge_one),
]
