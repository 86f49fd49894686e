"""Form fields: `{% load fields %}`, then `form_errors`, `required_note` and `{% field form.name %}`."""

from __future__ import annotations

from typing import Any

from django import forms, template
from django.forms import BaseForm, BoundField

register = template.Library()


def _css_class(widget: forms.Widget) -> str:
    """The class of static/css/forms.css for a widget; empty for groups of choices, styled by their container."""
    if isinstance(widget, forms.CheckboxInput):
        return "checkbox"
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return ""
    if isinstance(widget, forms.Select):
        return "select"
    if isinstance(widget, forms.Textarea):
        return "textarea"
    if isinstance(widget, forms.FileInput):
        return "input input--file"
    return "input"


def widget_html(bound: BoundField, described_by: str, extra: dict[str, Any]) -> str:
    """The control with its class, aria-describedby and aria-invalid; `extra` wins over the widget's own attributes."""
    widget = bound.field.widget
    own = str(widget.attrs.get("class", ""))
    attrs: dict[str, Any] = {"class": f"{_css_class(widget)} {own}".strip(), **extra}
    if described_by and not bound.use_fieldset:
        attrs["aria-describedby"] = described_by
    if bound.errors:
        attrs["aria-invalid"] = "true"
    return bound.as_widget(attrs=attrs)


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, label: str = "", help: str = "", inline: bool = False, **attrs: Any) -> dict[str, Any]:
    """One field with its label, help and errors, tied by aria-describedby.

    attrs are HTML attributes of the control, underscores for hyphens: `{% field form.q hx_get="/x" size_="10" %}`.
    """
    extra = {name.rstrip("_").replace("_", "-"): value for name, value in attrs.items()}
    help_text = help or bound.help_text
    base = bound.id_for_label or bound.auto_id or bound.html_name
    help_id, error_id = f"{base}-help", f"{base}-error"
    described_by = " ".join([help_id] * bool(help_text) + [error_id] * bool(bound.errors))
    return {
        "bound": bound,
        "control": widget_html(bound, described_by, extra),
        "label": label or bound.label,
        "help_text": help_text,
        "help_id": help_id,
        "error_id": error_id,
        "described_by": described_by,
        "required": bound.field.required,
        "is_hidden": bound.is_hidden,
        "is_check": isinstance(bound.field.widget, forms.CheckboxInput),
        "is_group": bound.use_fieldset,
        "inline": inline,
    }


@register.inclusion_tag("components/fields.html")
def all_fields(form: BaseForm) -> dict[str, Any]:
    """Every field of a form in order, hidden ones included."""
    return {"form": form}


@register.inclusion_tag("components/form_errors.html")
def form_errors(form: BaseForm) -> dict[str, Any]:
    """The summary at the top of a refused form: what to correct, with a link to each field. Takes the focus on load."""
    items: list[dict[str, str]] = []
    if form.is_bound and form.errors:
        items += [{"text": str(text), "target": ""} for text in form.non_field_errors()]
        for bound in form:
            target = bound.id_for_label or bound.auto_id or ""
            if bound.use_fieldset:
                target = f"{bound.auto_id}_0"
            items += [
                {"label": str(bound.label).rstrip(" .?:"), "text": str(text), "target": target} for text in bound.errors
            ]
    return {"items": items}


@register.inclusion_tag("components/required_note.html")
def required_note() -> dict[str, Any]:
    """The sentence that explains the mark of required fields; stands before the first field (RGAA 11.10)."""
    return {}
