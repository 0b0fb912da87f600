"""The addresses of feeds to authorities."""

from django.urls import path

from console.feeds import changes, identifiers, views

urlpatterns = [
    path("", views.page, name="feeds"),
    path("add/", changes.add, name="add_feed"),
    path("<int:pk>/", views.one, name="feed"),
    path("<int:pk>/change/", changes.change, name="change_feed"),
    path("<int:pk>/approve/", changes.approve, name="approve_feed"),
    path("<int:pk>/secrets/", changes.renew_secrets, name="renew_feed_secrets"),
    path("<int:pk>/networks/", changes.networks, name="feed_networks"),
    path("<int:pk>/certificate/", changes.certificate, name="feed_certificate"),
    path("<int:pk>/identifiers/", identifiers.change, name="feed_identifiers"),
    path("<int:pk>/pause/", changes.pause, name="pause_feed"),
    path("<int:pk>/resume/", changes.resume, name="resume_feed"),
    path("<int:pk>/test/", changes.test, name="test_feed"),
    path("<int:pk>/replay/", changes.replay, name="replay_feed"),
    path("<int:pk>/deliveries/<int:seq>/", views.delivery, name="feed_delivery"),
]
