"""The districts of the town: a name and its streets, which routing rules may ask for."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from directory.admin.base import ConfigurationAdmin
from directory.admin.catalogue import KeywordsField
from tickets.actions.clocks.commitments_change import version_bump
from tickets.models import District
from tickets.routing.text import phrase


class DistrictForm(forms.ModelForm):
    streets = KeywordsField(
        label=_("Streets"),
        widget=forms.Textarea(attrs={"rows": 15}),
        help_text=_(
            "Streets, squares, landmarks, and the names people give to the district; one a line, no number. Accents "
            "and capitals do not count; an abbreviation (« av. ») is another line."
        ),
    )

    class Meta:
        model = District
        fields = ("name", "streets")

    def clean_streets(self) -> list[str]:
        streets: list[str] = self.cleaned_data["streets"]
        for street in streets:
            if not phrase(street).keys:
                raise forms.ValidationError(_("“%(found)s” holds no word."), params={"found": street})
        return streets


@admin.register(District)
class DistrictAdmin(ConfigurationAdmin):
    """A rule about a deleted district is skipped, and says so."""

    form = DistrictForm
    list_display = ("name", "how_many")
    search_fields = ("name",)

    @admin.display(description=_("Streets"))
    def how_many(self, district: District) -> str:
        count = len(district.streets)
        return ngettext("%(n)d street", "%(n)d streets", count) % {"n": count}

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._allowed(request)

    def save_model(self, request: HttpRequest, obj: District, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        version_bump()

    def delete_model(self, request: HttpRequest, obj: District) -> None:
        super().delete_model(request, obj)
        version_bump()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[District]) -> None:
        super().delete_queryset(request, queryset)
        version_bump()
