"""The addresses of incidents."""

from django.urls import path

from console.incidents import escalating, sending, views

urlpatterns = [
    path("", views.page, name="incidents"),
    path("bulk/<slug:action>/", views.bulk, name="bulk_incidents"),
    path("<int:pk>/", views.one, name="incident"),
    path("<int:pk>/acknowledge/", views.acknowledge, name="acknowledge"),
    path("<int:pk>/escalate/", escalating.escalate, name="escalate_incident"),
    path("<int:pk>/assign/", views.assign, name="assign_incident"),
    path("<int:pk>/comment/", views.comment, name="comment_incident"),
    path("<int:pk>/steps/<int:step>/", views.tick, name="tick_step"),
    path("<int:pk>/review/", views.review, name="review_incident"),
    path("<int:pk>/merge/", views.merge, name="merge_incident"),
    path("<int:pk>/close/", views.close, name="close_incident"),
    path("<int:pk>/send/", sending.send, name="send_incident"),
    path("<int:pk>/cancel-sent/", sending.cancel, name="cancel_sent_incident"),
    path("<int:pk>/confirm-and-send/", sending.confirm_and_send, name="confirm_and_send_incident"),
]
