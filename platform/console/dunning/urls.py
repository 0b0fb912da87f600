"""The addresses of late fees and reminders."""

from django.urls import path

from console.dunning import letters, views

urlpatterns = [
    path("late-fees/", views.late_fees, name="late_fees"),
    path("late-fees/<int:pk>/waive/", views.waive, name="waive_late_fee"),
    path("waivers/<int:pk>/approve/", views.approve, name="approve_waiver"),
    path("waivers/<int:pk>/refuse/", views.refuse, name="refuse_waiver"),
    path("reminders/", views.reminder_page, name="reminders"),
    path("reminders/bills/<int:pk>/letter/", letters.of_bill, name="reminder_letter"),
    path("reminders/units/<int:pk>/letters/", letters.of_unit, name="reminder_letters"),
    path("reminders/bills/<int:pk>/print/", letters.print_of_bill, name="print_letter"),
    path("reminders/units/<int:pk>/print/", letters.print_of_unit, name="print_letters"),
    path("reminders/add/", views.add_step, name="add_reminder"),
    path("reminders/<int:pk>/change/", views.change_step, name="change_reminder"),
    path("reminders/<int:pk>/remove/", views.remove_step, name="remove_reminder"),
    path("reminders/pause/", views.pause, name="pause_reminders"),
    path("reminders/pauses/<int:pk>/end/", views.resume, name="resume_reminders"),
]
