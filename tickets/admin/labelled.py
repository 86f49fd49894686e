from typing import Any

from django import forms


class LabelledFormSet(forms.BaseInlineFormSet):
    """Rows of a table: each control says its own name, since no label stands beside it."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        for field in form.fields.values():
            field.widget.attrs.setdefault("aria-label", str(field.label or ""))
