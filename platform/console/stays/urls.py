"""The addresses of stays."""

from django.urls import path

from console.stays import views

urlpatterns = [
    path("", views.page, name="stays"),
    path("<int:pk>/", views.one, name="stay"),
    path("<int:pk>/review/", views.review, name="review_stay"),
    path("<int:pk>/cash/", views.cash, name="cash"),
]
