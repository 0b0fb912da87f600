"""The addresses of cards."""

from django.urls import path

from console.cards import tokens, views

urlpatterns = [
    path("", views.page, name="cards"),
    path("bulk/<slug:action>/", views.bulk, name="bulk_cards"),
    path("find/", views.find_cardholders, name="find_cardholders"),
    path("issue/", views.issue, name="issue_card"),
    path("people/<int:pk>/", tokens.person_credentials, name="person_credentials"),
    path("people/<int:pk>/pin/", tokens.issue_pin, name="issue_pin"),
    path("people/<int:pk>/code/", tokens.issue_code, name="issue_printed_code"),
    path("people/<int:pk>/phone/", tokens.allow_phone, name="allow_phone"),
    path("tokens/<int:pk>/print/", tokens.printed_code, name="printed_code"),
    path("tokens/<int:pk>/suspend/", tokens.suspend, name="suspend_token"),
    path("tokens/<int:pk>/lost/", tokens.report_lost, name="report_token_lost"),
    path("tokens/<int:pk>/reactivate/", tokens.reactivate, name="reactivate_token"),
    path("tokens/<int:pk>/unlock/", tokens.unlock, name="unlock_pin"),
    path("tokens/<int:pk>/end/", tokens.end, name="end_token"),
    path("<int:pk>/return/", views.return_card, name="return_card"),
    path("<int:pk>/lost/", views.report_lost, name="report_card_lost"),
    path("<int:pk>/suspend/", views.suspend, name="suspend_card"),
    path("<int:pk>/reactivate/", views.reactivate, name="reactivate_card"),
    path("<int:pk>/until/", views.change_end, name="change_card_end"),
]
