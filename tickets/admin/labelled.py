from typing import Any

from django import forms


class LabelledForm(forms.ModelForm):
    """A form whose controls stand in a table: each says its own name, since no label stands beside it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.setdefault("aria-label", str(field.label or ""))
