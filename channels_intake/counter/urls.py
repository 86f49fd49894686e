from django.urls import path

from channels_intake.counter import views

app_name = "counter"
urlpatterns = [
    path("", views.desk, name="desk"),
    path("site/", views.choose_site, name="site"),
]
