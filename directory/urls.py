from django.contrib.auth import views as auth
from django.urls import path
from django.views.i18n import set_language

from core.accent import accent_stylesheet

app_name = "directory"
urlpatterns = [
    path("connexion/", auth.LoginView.as_view(), name="login"),
    path("deconnexion/", auth.LogoutView.as_view(), name="logout"),
    path("mot-de-passe/", auth.PasswordChangeView.as_view(), name="password_change"),
    path("langue/", set_language, name="language"),
    path("couleur/<str:colour>.css", accent_stylesheet, name="accent"),
]
