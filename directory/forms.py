"""Agents' account forms."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.guards import client_address, rate_limit_hit

ATTEMPTS, PER_ADDRESS, WINDOW = 8, 60, 600  # attempts for one account, and in all, from one address within 10 minutes


class LoginForm(AuthenticationForm):
    """E-mail and password. Too many attempts are refused before the password is looked at, right or wrong."""

    username = forms.EmailField(
        label=_("Professional e-mail address"),
        max_length=254,
        widget=forms.EmailInput({"autocomplete": "username", "autofocus": True}),
        error_messages={"required": _("Give your e-mail address.")},
    )
    error_messages = {
        "invalid_login": _("This e-mail address and this password do not go together. Mind the capital letters."),
        "inactive": _("This e-mail address and this password do not go together. Mind the capital letters."),
        "too_many": _("Too many attempts. Wait ten minutes, or ask your administrator for a new password."),
    }

    def __init__(self, request: HttpRequest | None = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        self.fields["password"].error_messages["required"] = _("Give your password.")

    def clean(self) -> dict[str, Any]:
        email = str(self.cleaned_data.get("username") or "").strip().lower()
        address = client_address(self.request) if self.request is not None else ""
        hits = (
            rate_limit_hit("login", f"{address}:{email}", limit=ATTEMPTS, seconds=WINDOW),
            rate_limit_hit("login_address", address, limit=PER_ADDRESS, seconds=WINDOW),
        )
        if any(hits):
            raise forms.ValidationError(self.error_messages["too_many"], code="too_many")
        return super().clean()
