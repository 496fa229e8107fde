"""The countries that an account may send to: opened by those who answer for its money."""

from typing import Any

from django import forms
from django.contrib import messages as flashes
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Account
from accounts.services.permissions import Permission
from messaging.models import OpenedCountry
from messaging.services import countries
from smsplatform.components import Column, Empty, Question, Table
from smsplatform.core import clock, regions
from smsplatform.portal import AskingView, MemberView

_COLUMNS = (
    Column(gettext_lazy("Country")),
    Column(gettext_lazy("Opened by")),
    Column(gettext_lazy("Since")),
)


def name_of(country: str) -> str:
    return f"{regions.name(country)} ({country})"


class CountryForm(forms.Form):
    country = forms.ChoiceField(
        label=gettext_lazy("Country"),
        help_text=gettext_lazy("Those that there is a price for in your currency."),
    )

    def __init__(self, data: Any = None, *, account: Account) -> None:
        super().__init__(data, label_suffix="")
        opened = countries.opened([account.pk])[account.pk] | {account.country}
        field: Any = self.fields["country"]
        field.choices = [
            (code, name_of(code))
            for code in countries.priced(account=account, now=clock.now())
            if code not in opened
        ]


class CountryList(MemberView):
    permission = Permission.MESSAGES_READ
    page = "messaging/countries/list.html"

    def get(self, _request: HttpRequest) -> HttpResponse:
        account = self.member.account
        may_edit = self.member.may(Permission.COUNTRIES_EDIT)
        rows = list(OpenedCountry.objects.for_account(account).order_by("country"))
        for row in rows:
            row.name = name_of(row.country)
        return self.show(
            table=_table(rows, may_edit), own=name_of(account.country), may_edit=may_edit
        )


class CountryOpen(MemberView):
    permission = Permission.COUNTRIES_EDIT
    is_sensitive = True
    page = "messaging/countries/open.html"

    def get(self, _request: HttpRequest) -> HttpResponse:
        return self.show(form=CountryForm(account=self.member.account))

    def post(self, request: HttpRequest) -> HttpResponseBase:
        form = CountryForm(request.POST, account=self.member.account)
        if not form.is_valid():
            return self.show(form=form)
        country = form.cleaned_data["country"]
        countries.open_country(
            account_id=self.member.account.pk,
            country=country,
            by=self.member.user.email,
            now=clock.now(),
        )
        told = _("Messages to {country} are accepted from now on.")
        flashes.success(request, told.format(country=name_of(country)))
        return redirect("country-list")


class CountryClose(AskingView):
    permission = Permission.COUNTRIES_EDIT

    def get(self, _request: HttpRequest, country: str) -> HttpResponse:
        if (
            not OpenedCountry.objects.for_account(self.member.account)
            .filter(country=country)
            .exists()
        ):
            raise Http404
        return self.ask(
            Question(
                title=_("Close {country}?").format(country=name_of(country)),
                text=_("New messages there are refused. What was accepted before is still sent."),
                action=_("Close"),
                back=reverse("country-list"),
            )
        )

    def post(self, request: HttpRequest, country: str) -> HttpResponseBase:
        is_closed = countries.close_country(
            account_id=self.member.account.pk,
            country=country,
            by=self.member.user.email,
            now=clock.now(),
        )
        if not is_closed:
            raise Http404
        told = _("Messages to {country} are refused from now on.")
        flashes.success(request, told.format(country=name_of(country)))
        return redirect("country-list")


def _table(rows: list[OpenedCountry], may_edit: bool) -> Table:
    way: dict[str, Any] = (
        {"href": reverse("country-open"), "action": _("Open a country")} if may_edit else {}
    )
    return Table(
        caption=_("Countries"),
        columns=[*_COLUMNS, Column("")] if may_edit else _COLUMNS,
        rows=rows,
        row_template="messaging/countries/row.html",
        empty=Empty(
            title=_("Only your own country"),
            text=_(
                "Whoever steals a key earns with expensive numbers abroad. So messages to other"
                " countries are refused until you open them."
            ),
            **way,
        ),
    )
