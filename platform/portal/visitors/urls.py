"""The addresses of a resident's visitors."""

from django.urls import path

from portal.visitors import views

urlpatterns = [
    path("<int:binding>/", views.visitors, name="visitors"),
    path("<int:binding>/invite/<int:unit>/", views.invite, name="invite_visitor"),
    path("<int:binding>/delivery/<int:unit>/", views.delivery, name="delivery_code"),
    path("<int:binding>/<int:pk>/", views.visitor, name="visitor"),
    path("<int:binding>/<int:pk>/cancel/", views.cancel, name="cancel_visitor"),
    path("<int:binding>/<int:pk>/approve/", views.approve, name="approve_visitor"),
    path("<int:binding>/<int:pk>/decline/", views.decline, name="decline_visitor"),
]
