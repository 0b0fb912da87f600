"""The addresses of a resident's bills."""

from django.urls import path

from portal.bills import views

urlpatterns = [
    path("<int:binding>/", views.bills, name="bills"),
    path("<int:binding>/<int:unit>/pay/<int:pk>/", views.pay, name="pay_bill"),
]
