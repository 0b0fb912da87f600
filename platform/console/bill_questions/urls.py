"""The addresses of questions about bills."""

from django.urls import path

from console.bill_questions import views

urlpatterns = [
    path("", views.page, name="bill_questions"),
    path("<int:pk>/answer/", views.answer, name="answer_bill_question"),
]
