"""The addresses of a resident's visitors."""

from django.urls import path

from portal.visitors import views

urlpatterns = [
    path("<int:binding>/", views.visitors, name="visitors"),
    path("<int:binding>/invite/<int:unit>/", views.invite, name="invite_visitor"),
    path("<int:binding>/<int:pk>/", views.visitor, name="visitor"),
    path("<int:binding>/<int:pk>/cancel/", views.cancel, name="cancel_visitor"),
]
