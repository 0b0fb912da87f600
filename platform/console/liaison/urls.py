"""The addresses of liaisons, and of the staff who answer them."""

from django.urls import path

from console.liaison import staff_views, views

urlpatterns = [
    path("", views.page, name="dispatched"),
    path("replies/<int:pk>/", staff_views.replies, name="liaison_replies"),
    path("replies/<int:pk>/answer/", staff_views.answer, name="answer_liaison"),
    path("<slug:message>/", views.one, name="dispatched_case"),
    path("<slug:message>/acknowledge/", views.acknowledge, name="acknowledge_message"),
    path("<slug:message>/evidence/", views.open_evidence, name="open_evidence"),
    path("<slug:message>/ask/", views.ask, name="ask_back"),
    path("<slug:message>/close/", views.close, name="close_case"),
]
