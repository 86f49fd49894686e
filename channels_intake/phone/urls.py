from django.urls import path

from channels_intake.phone import views

app_name = "phone"
urlpatterns = [path("", views.desk, name="desk")]
