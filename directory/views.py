"""Agents' accounts: logging in and out, changing one's password."""

from django.contrib import messages
from django.contrib.auth import views as auth
from django.contrib.auth.forms import PasswordChangeForm
from django.forms import BaseForm
from django.http import HttpResponse
from django.urls import reverse_lazy
from django.utils.translation import gettext as _

from directory.forms import LoginForm


class LoginView(auth.LoginView):
    """Log in by e-mail. ``next`` is followed when it is an address of this site (checked by Django)."""

    template_name = "directory/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        too_many = any(error.code == "too_many" for error in form.non_field_errors().as_data())
        return self.render_to_response(self.get_context_data(form=form), status=429 if too_many else 422)


class PasswordChangeView(auth.PasswordChangeView):
    template_name = "directory/password_change.html"
    success_url = reverse_lazy("tickets:start")

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        messages.success(self.request, _("Your password has been changed."))
        return super().form_valid(form)

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)
