"""The addresses of cards."""

from django.urls import path

from console.cards import views

urlpatterns = [
    path("", views.page, name="cards"),
    path("bulk/<slug:action>/", views.bulk, name="bulk_cards"),
    path("find/", views.find_cardholders, name="find_cardholders"),
    path("issue/", views.issue, name="issue_card"),
    path("<int:pk>/return/", views.return_card, name="return_card"),
    path("<int:pk>/lost/", views.report_lost, name="report_card_lost"),
    path("<int:pk>/suspend/", views.suspend, name="suspend_card"),
    path("<int:pk>/reactivate/", views.reactivate, name="reactivate_card"),
    path("<int:pk>/until/", views.change_end, name="change_card_end"),
]
