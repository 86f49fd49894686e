from django.urls import path

from channels_intake.email import views

app_name = "inbound"
urlpatterns = [
    path("", views.received, name="list"),
    path("<int:pk>/original/", views.raw, name="raw"),
    path("<int:pk>/reprendre/", views.again, name="again"),
]
