"""The public screens of the sites. The token in the address is the key."""

from django.urls import path

from channels_intake.counter import public_views as views

app_name = "kiosk"
urlpatterns = [
    path("borne/<str:token>/", views.kiosk, name="home"),
    path("borne/<str:token>/numero/<str:ticket>/", views.number, name="number"),
    path("ecran/<str:token>/", views.display, name="display"),
]
