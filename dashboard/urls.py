from django.urls import path

from dashboard import views

app_name = "dashboard"
urlpatterns = [
    path("", views.home, name="home"),
    path("export.csv", views.export, name="csv"),
    path("demandes/<slug:figure>/", views.figure_list, name="figure"),
]
