"""Numbers that nobody may write to, consents, and what phones answered."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from messaging.models import ConsentEntry, Inbound, Suppression
from messaging.services import suppression
from messaging.services.suppression import NewSuppression
from smsplatform.core import clock
from smsplatform.core.admin import LargeTable, ReadOnly, record
from smsplatform.core.text import numbers


class SuppressionForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Suppression
        fields = ("number", "account", "message_class", "source", "expires_at", "note")
        help_texts = {
            "account": _("Empty means that nobody on the whole platform may write to it."),
            "message_class": _("Empty means everything, verification codes too."),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if "source" in self.fields:
            by_staff = ("complaint", "carrier", "manual")
            field: Any = self.fields["source"]
            field.choices = [one for one in Suppression.Source.choices if one[0] in by_staff]

    def clean_number(self) -> str:
        try:
            return numbers.parse(self.cleaned_data["number"], region="CN").e164
        except numbers.NumberError as error:
            raise forms.ValidationError(
                _("This is not a mobile number; write it like +8613800138000."), code=error.code
            ) from error


@admin.register(Suppression)
class SuppressionAdmin(LargeTable):
    """A row is written once and lifted once: what was in force, when and why, stays."""

    form = SuppressionForm
    list_display = ("number", "account", "message_class", "source", "created_at", "lifted_at")
    list_filter = ("source",)
    list_select_related = ("account",)
    raw_id_fields = ("account",)
    exact_search = ("number",)
    ordering = ("-id",)
    actions = ("lift",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        row = NewSuppression(
            number=obj.number,
            account_id=obj.account_id,
            signature_id=None,
            message_class=obj.message_class,
            source=obj.source,
            created_by=f"user:{request.user.pk}",
            note=obj.note,
            expires_at=obj.expires_at,
        )
        suppression.suppress(rows=[row], now=clock.now())
        same = {"account": obj.account_id, "signature": None, "message_class": obj.message_class}
        obj.pk = Suppression.objects.get(number=obj.number, lifted_at=None, **same).pk
        record(request, obj, "suppression.added")

    @admin.action(description=_("Lift the selected ones"), permissions=["change"])
    def lift(self, request: HttpRequest, queryset: Any) -> None:
        now = clock.now()
        for row in queryset.filter(lifted_at__isnull=True):
            suppression.lift_by_staff(suppression_id=row.pk, by=f"user:{request.user.pk}", now=now)
            record(request, row, "suppression.lifted")


@admin.register(ConsentEntry)
class ConsentEntryAdmin(ReadOnly):
    list_display = ("number", "account", "message_class", "act", "source", "at")
    list_select_related = ("account",)
    exact_search = ("number",)
    ordering = ("-id",)


@admin.register(Inbound)
class InboundAdmin(ReadOnly):
    """What a person wrote is read by those who judge texts."""

    list_display = ("received_at", "number", "destination", "account", "outcome", "word")
    list_filter = ("outcome",)
    list_select_related = ("account",)
    exact_search = ("id",)
    ordering = ("-id",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        names = super().get_fields(request, obj)
        if request.user.has_perm("core.view_item"):
            return names
        return [name for name in names if name != "text"]
