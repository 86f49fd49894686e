from django.contrib.auth.views import LogoutView
from django.urls import path
from django.views.i18n import set_language

from core.accent import accent_stylesheet
from directory.views import LoginView, PasswordChangeView

app_name = "directory"
urlpatterns = [
    path("connexion/", LoginView.as_view(), name="login"),
    path("deconnexion/", LogoutView.as_view(), name="logout"),
    path("mot-de-passe/", PasswordChangeView.as_view(), name="password_change"),
    path("langue/", set_language, name="language"),
    path("couleur/<str:colour>.css", accent_stylesheet, name="accent"),
]
