"""Price lists at the staff's desk: drafted by one, published by another, never rewritten."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from billing.admin.comparing import Comparing
from billing.admin.price_forms import RateForm, TableForm
from billing.models import CustomerGroup, GroupMember, PriceList, PriceVersion, Rate
from billing.services import price_tables, pricebook, rate_rows
from smsplatform.core import clock, money
from smsplatform.core.admin import Audited, LargeTable
from smsplatform.core.errors import DomainError


class MemberInline(admin.TabularInline):  # type: ignore[type-arg]
    model = GroupMember
    raw_id_fields = ("account",)
    extra = 1


@admin.register(CustomerGroup)
class CustomerGroupAdmin(Audited):
    list_display = ("name",)
    inlines = (MemberInline,)


@admin.register(PriceList)
class PriceListAdmin(Audited, LargeTable):
    """Whose it is and in which currency stays: what was charged by it says so."""

    list_display = ("name", "currency", "account", "group", "is_sample")
    list_select_related = ("account", "group")
    exact_search = ("account_id", "name")
    ordering = ("name",)
    raw_id_fields = ("account",)
    change_form_template = "admin/billing/pricelist/change_form.html"
    _fixed = ("currency", "account", "group", "is_sample")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self._fixed if obj else ()

    def get_urls(self) -> list[Any]:
        page = self.admin_site.admin_view(self.read_in)
        own = [path("<int:list_id>/import/", page, name="billing_pricelist_import")]
        return [*own, *super().get_urls()]

    def read_in(self, request: HttpRequest, list_id: int) -> HttpResponse:
        """A table becomes a draft, and what it would change is shown."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        of = get_object_or_404(PriceList, pk=list_id)
        form = TableForm(request.POST or None, request.FILES or None)
        made = self._draft(request, of, form) if form.is_valid() else None
        if made is not None:
            self.message_user(request, _("A draft was made of the table. It charges nobody yet."))
            return redirect("admin:billing_priceversion_compare", made.pk)
        context = {
            **self.admin_site.each_context(request),
            "form": form,
            "title": _("Import prices"),
            "deed": _("Make a draft of it"),
            "opts": self.opts,
            "original": of,
        }
        return render(request, "admin/billing/ask.html", context)

    def _draft(self, request: HttpRequest, of: PriceList, form: TableForm) -> PriceVersion | None:
        asked, by = form.cleaned_data, request.user
        try:
            return price_tables.read_in(
                of=of,
                content=asked["file"].read(rate_rows.LARGEST_FILE + 1),
                valid_from=asked["valid_from"],
                by=by,  # type: ignore[arg-type]
                note=asked["note"],
            )
        except DomainError as refusal:
            told = [problem.sentence() for problem in refusal.errors]
            for sentence in told or [refusal.sentence()]:
                form.add_error("file", sentence)
        return None

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(PriceVersion)
class PriceVersionAdmin(Audited, Comparing):
    list_display = ("list", "number", "state", "valid_from", "note", "published_at")
    list_select_related = ("list",)
    list_filter = ("state",)
    exact_search = ("list_id",)
    ordering = ("-valid_from", "-id")
    change_form_template = "admin/billing/priceversion/change_form.html"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        fields = ("list", "valid_from", "note")
        return (*fields, "number", "state", "published_at") if obj else fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            return ()
        kept = () if obj.is_draft else ("valid_from", "note")
        return ("list", *kept, "number", "state", "published_at")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The number is the next of its list; a draft has no price yet, it is imported or added."""
        if change:
            super().save_model(request, obj, form, change)
            return
        by = self._user(request)
        made = pricebook.draft(
            of=obj.list, valid_from=obj.valid_from, rates=(), by=by, note=obj.note
        )
        obj.pk, obj.number = made.pk, made.number

    def get_urls(self) -> list[Any]:
        acts = {"publish": self.publish, "withdraw": self.withdraw, "redraft": self.redraft}
        own = [
            path(
                f"<int:version_id>/{name}/",
                self.admin_site.admin_view(require_POST(act)),
                name=f"billing_priceversion_{name}",
            )
            for name, act in acts.items()
        ]
        return [*own, *super().get_urls()]

    def publish(self, request: HttpRequest, version_id: int) -> HttpResponse:
        version = self._found(request, version_id)
        return self._act(request, version, pricebook.publish, _("Published."))

    def withdraw(self, request: HttpRequest, version_id: int) -> HttpResponse:
        version = self._found(request, version_id)
        return self._act(request, version, pricebook.withdraw, _("Withdrawn."))

    def redraft(self, request: HttpRequest, version_id: int) -> HttpResponse:
        version = self._found(request, version_id)
        made = pricebook.redraft(version=version, by=self._user(request), now=clock.now())
        return redirect("admin:billing_priceversion_change", made.pk)

    def _act(
        self, request: HttpRequest, version: PriceVersion, act: Any, done: Any
    ) -> HttpResponse:
        try:
            act(version=version, by=request.user, now=clock.now())
        except DomainError as refusal:
            self.message_user(request, refusal.sentence(), messages.ERROR)
        else:
            self.message_user(request, done)
        return redirect("admin:billing_priceversion_change", version.pk)

    def _user(self, request: HttpRequest) -> Any:
        return request.user

    def _found(self, request: HttpRequest, version_id: int) -> PriceVersion:
        if not self.has_change_permission(request):
            raise PermissionDenied
        version: PriceVersion = get_object_or_404(PriceVersion, pk=version_id)
        return version


@admin.register(Rate)
class RateAdmin(Audited, LargeTable):
    """Of a draft it may be changed; else it is shown."""

    form = RateForm
    list_display = (
        "version", "country", "prefix", "message_class", "route", "price", "basis", "tier_mode",
    )  # fmt: skip
    list_select_related = ("version__list",)
    exact_search = ("version_id", "country")
    ordering = ("-version_id", "country", "prefix", "message_class", "route")

    @admin.display(description=_("price a part"))
    def price(self, rate: Rate) -> str:
        return f"{money.text(rate.price_micros)} {rate.version.list.currency}"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.version.is_draft)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may = super().has_delete_permission(request, obj)
        return may and obj is not None and obj.version.is_draft

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None or self.has_change_permission(request, obj):
            return list(RateForm.base_fields)
        return [field.name for field in self.opts.concrete_fields]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        self._edited(request, obj)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        self._edited(request, obj)

    def _edited(self, request: HttpRequest, rate: Rate) -> None:
        """Whoever changed a price last does not publish it."""
        PriceVersion.objects.filter(pk=rate.version_id).update(edited_by=request.user.pk)
