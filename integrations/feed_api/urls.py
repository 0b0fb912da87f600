"""The addresses of feeds; config includes them below ``/api/v1/feeds/``."""

from django.urls import path

from integrations.feed_api import acknowledging, views

urlpatterns = [
    path("<slug:feed>/messages", views.messages, name="feed_messages"),
    path("<slug:feed>/messages/<slug:message>", views.message, name="feed_message"),
    path(
        "<slug:feed>/messages/<slug:message>/ack",
        acknowledging.acknowledge_message,
        name="acknowledge_feed_message",
    ),
]
