"""Pages of a version beside its own: what it changes, and its prices as a table to take along."""

import io
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from billing.models import PriceVersion
from billing.services import comparing, rate_rows
from smsplatform.core import clock, tables
from smsplatform.core.admin import LargeTable
from smsplatform.core.downloads import csv_response

# A page with more is read by nobody: a country or class narrows it.
MOST_SHOWN = 500


class CompareForm(forms.Form):
    other = forms.ModelChoiceField(
        label=_("Compared with"),
        queryset=PriceVersion.objects.none(),
        required=False,
        empty_label=_("the one in force"),
    )
    country = forms.RegexField(
        r"^[A-Za-z]{2}$",
        label=capfirst(_("country")),
        required=False,
        help_text=_("Two letters such as CN; empty shows all."),
    )
    message_class = forms.ChoiceField(
        label=capfirst(_("class")),
        required=False,
        choices=[("", _("all")), *comparing.CLASS_LABELS.items()],
    )

    def __init__(self, *args: Any, version: PriceVersion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = PriceVersion.objects.filter(list_id=version.list_id).exclude(pk=version.pk)
        field: Any = self.fields["other"]
        field.queryset = others.select_related("list").order_by("-number")


class Comparing(LargeTable):
    """Whoever may look at a version may look at these."""

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        pages = {"compare": self.compare, "export": self.export}
        own = [
            path(f"<int:version_id>/{name}/", wrap(page), name=f"billing_priceversion_{name}")
            for name, page in pages.items()
        ]
        return [*own, *super().get_urls()]

    def compare(self, request: HttpRequest, version_id: int) -> HttpResponse:
        version = self._looked_at(request, version_id)
        form = CompareForm(request.GET or None, version=version)
        wanted = form.cleaned_data if form.is_valid() else {}
        other = wanted.get("other") or comparing.other_in_force(version=version, now=clock.now())
        changes = []
        if not form.errors:
            changes = comparing.compare(
                before=other,
                after=version,
                country=wanted.get("country", "").upper(),
                message_class=wanted.get("message_class", ""),
            )
        context = {
            **self.admin_site.each_context(request),
            "title": _("What changes"),
            "opts": self.opts,
            "original": version,
            "other": other,
            "form": form,
            "changes": changes[:MOST_SHOWN],
            "count": len(changes),
            "has_more": len(changes) > MOST_SHOWN,
        }
        return render(request, "admin/billing/priceversion/compare.html", context)

    def export(self, request: HttpRequest, version_id: int) -> HttpResponse:
        """As it is imported again."""
        version = self._looked_at(request, version_id)
        rates = version.rates.order_by("country", "prefix", "message_class", "route")
        file = io.StringIO(newline="")
        rows = (list(rate_rows.write(rate).values()) for rate in rates)
        tables.write_csv(file, header=rate_rows.COLUMNS, rows=rows)
        content = file.getvalue().encode("utf-8-sig")
        return csv_response(content, name=f"prices-{version.list_id}-{version.number}.csv")

    def _looked_at(self, request: HttpRequest, version_id: int) -> PriceVersion:
        if not self.has_view_permission(request):
            raise PermissionDenied
        versions = PriceVersion.objects.select_related("list")
        version: PriceVersion = get_object_or_404(versions, pk=version_id)
        return version
