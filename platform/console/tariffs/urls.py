"""The addresses of tariffs."""

from django.urls import path

from console.tariffs import class_views, publish_views, views

urlpatterns = [
    path("", views.page, name="tariffs"),
    path("publish/", publish_views.publish, name="publish_tariff"),
    path("check/", publish_views.check, name="check_tariff"),
    path("templates/", publish_views.template, name="tariff_template"),
    path("classes/", class_views.classes, name="vehicle_classes"),
    path("classes/add/", class_views.add_class, name="add_vehicle_class"),
    path("classes/edit/", class_views.edit_class, name="edit_vehicle_class"),
    path("classes/remove/", class_views.delete_class, name="remove_vehicle_class"),
    path("<int:pk>/", views.one, name="tariff"),
    path("<int:pk>/withdraw/", views.withdraw, name="withdraw_tariff"),
]
