"""The IMAP accounts: how each mailbox is fetched, whether it works, and a button to know at once."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from channels_intake.email.imap.fetcher import connection_check
from channels_intake.models import AfterFetch, Authentication, MailFetch, Security
from core.sealing import seal
from directory.admin.base import ActivableAdmin

_PLACE = {"host", "port", "username", "folder"}
_STATE = {"uid_validity", "last_uid", "last_checked_at", "failing_since", "last_error", "next_attempt_at"}  # a worker's
_HERE = {"127.0.0.1", "::1", "localhost"}
_KEEP = _("Leave empty to keep the one that is there.")


def _hidden() -> forms.PasswordInput:
    return forms.PasswordInput(attrs={"autocomplete": "new-password"})


class MailFetchForm(forms.ModelForm):
    """``secret`` and ``refresh_token`` are typed in fields of their own: what is stored never comes back to a page."""

    typed_secret = forms.CharField(
        label=_("Password, token or client secret"), required=False, strip=False, widget=_hidden()
    )
    typed_refresh = forms.CharField(label=_("Refresh token"), required=False, widget=_hidden())
    token_url = forms.URLField(label=_("Address that gives tokens"), required=False, assume_scheme="https")
    answer_from = forms.DateTimeField(  # one field with one label, unlike the administration's own pair
        label=capfirst(_("answer mail received from")),
        initial=timezone.now,
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
    )

    class Meta:
        model = MailFetch
        fields = (
            *("mailbox", "host", "port", "security", "username", "authentication"),
            *("token_url", "client_id", "token_scope", "folder", "after", "move_to", "uses_idle", "poll_seconds"),
            *("import_from", "answer_from", "is_active"),
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, stored in (("typed_secret", self.instance.secret), ("typed_refresh", self.instance.refresh_token)):
            if stored:
                self.fields[name].help_text = _KEEP

    def full_clean(self) -> None:
        """A page never sends a password back: after a mistake elsewhere, whoever typed it is told."""
        super().full_clean()
        for name in ("typed_secret", "typed_refresh"):
            if self.errors and self.cleaned_data.get(name):
                self.add_error(name, _("To be typed again: for safety, a page never sends it back."))

    def clean(self) -> dict[str, Any] | None:
        given = super().clean()
        data = self.cleaned_data
        if data.get("security") == Security.NONE and data.get("host") not in _HERE:
            self.add_error("security", _("Without encryption the password is readable by anybody on the way."))
        if data.get("security") == Security.STARTTLS and data.get("port") == 993:
            self.add_error("port", _("STARTTLS is spoken on port 143."))
        if data.get("after") == AfterFetch.MOVE and not data.get("move_to"):
            self.add_error("move_to", _("To which folder?"))
        if data.get("after") == AfterFetch.MOVE and data.get("move_to") == data.get("folder"):
            self.add_error("move_to", _("This is the folder that is read."))
        if not self.instance.secret and not data.get("typed_secret"):
            self.add_error("typed_secret", _("Required."))
        if data.get("authentication") == Authentication.PASSWORD and data.get("token_url"):
            self.add_error("token_url", _("For XOAUTH2 only."))
        return given

    def save(self, commit: bool = True) -> MailFetch:
        self.reads_again = self._reads_again()
        for field, typed in (("secret", "typed_secret"), ("refresh_token", "typed_refresh")):
            if self.cleaned_data.get(typed):
                setattr(self.instance, field, seal(self.cleaned_data[typed]))
        account: MailFetch = super().save(commit)
        return account

    def _reads_again(self) -> bool:
        """True when the position of the last fetch says nothing of what is to be read now: another place, or mail
        older than what was wanted."""
        if self.instance.pk is None:
            return False
        if _PLACE.intersection(self.changed_data):
            return True
        before, wanted = self.initial.get("import_from"), self.cleaned_data.get("import_from")
        return before is not None and (wanted is None or wanted < before)


@admin.register(MailFetch)
class MailFetchAdmin(ActivableAdmin):
    form = MailFetchForm
    change_form_template = "admin/mail_fetch_form.html"
    list_display = ("mailbox", "host", "folder", "is_active", "last_checked_at", "failing_since", "last_error")
    list_filter = ("is_active",)
    list_select_related = ("mailbox",)
    autocomplete_fields = ("mailbox",)
    actions = (*ActivableAdmin.actions, "check_connection")
    readonly_fields = ("last_checked_at", "failing_since", "last_error", "next_attempt_at")
    fieldsets = (
        (None, {"fields": ("mailbox", "host", "port", "security", "username", "authentication", "typed_secret")}),
        (
            _("Tokens (XOAUTH2)"),
            {
                "classes": ("collapse",),
                "description": _(
                    "With an address that gives tokens, the secret is the client’s and each token is asked for when it"
                    " is needed. Without one, the secret is the token itself."
                ),
                "fields": ("token_url", "client_id", "token_scope", "typed_refresh"),
            },
        ),
        (_("What is read"), {"fields": ("folder", "after", "move_to", "uses_idle", "poll_seconds")}),
        (
            _("First connection"),
            {
                "description": _(
                    "Mail received before « import from » is left where it is. Mail received before « answer from » is"
                    " imported without any acknowledgement, deadline or alert."
                ),
                "fields": ("import_from", "answer_from"),
            },
        ),
        (_("State"), {"fields": ("is_active", *readonly_fields)}),
    )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"import_from": timezone.localdate()} | super().get_changeform_initial_data(request)

    def save_model(self, request: HttpRequest, obj: MailFetch, form: MailFetchForm, change: bool) -> None:
        """The position is a worker's own, written while the page was open: left as it is, or reset when the account
        must be read again from the beginning (what is stored already is not stored twice)."""
        if not change:
            obj.save()
            return
        if form.reads_again:
            obj.uid_validity, obj.last_uid = None, 0
        kept = _STATE - ({"uid_validity", "last_uid"} if form.reads_again else set())
        kept |= set() if form.cleaned_data.get("typed_refresh") else {"refresh_token"}  # a server may have renewed it
        names = {field.name for field in MailFetch._meta.concrete_fields if not field.primary_key}
        obj.save(update_fields=names - kept)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._allowed(request)

    def response_add(self, request: HttpRequest, obj: MailFetch, post_url_continue: str | None = None) -> HttpResponse:
        return self._checked(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: MailFetch) -> HttpResponse:
        return self._checked(request, obj) or super().response_change(request, obj)

    def _checked(self, request: HttpRequest, obj: MailFetch) -> HttpResponse | None:
        if "_check" not in request.POST:
            return None
        self._tell_check(request, obj, is_saved=True)
        return redirect(reverse("admin:channels_intake_mailfetch_change", args=[obj.pk]))

    @admin.action(description=_("Check the connection of the selected accounts"))
    def check_connection(self, request: HttpRequest, queryset: QuerySet[MailFetch]) -> None:
        for account in queryset.select_related("mailbox")[:10]:
            self._tell_check(request, account)

    def _tell_check(self, request: HttpRequest, account: MailFetch, *, is_saved: bool = False) -> None:
        reason = connection_check(account)
        if reason is None:
            text = _("The account %(account)s works: logged in, folder opened.") % {"account": account}
            self.message_user(request, text, messages.SUCCESS)
            return
        told = _("The account %(account)s does not work.")
        if is_saved:
            told = _("Saved, but the account %(account)s does not work.")
        then = _("It is tried again by itself.") if account.is_active else _("It is not active: nothing is fetched.")
        parts = (told % {"account": account}, reason.sentence, then, reason.technical)
        self.message_user(request, format_html("{} {} {} <small>{}</small>", *parts), messages.ERROR)
