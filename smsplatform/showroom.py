"""The staff's page of components: each in all its states, on facts that are nobody's."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django import forms
from django.apps import apps
from django.contrib import messages as flashes
from django.contrib.staticfiles import finders
from django.db.models import TextChoices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.views import View

from accounts.models import Account, Membership, Role, User
from smsplatform.components import (
    Chart,
    Column,
    Empty,
    Fact,
    Question,
    Series,
    Step,
    Tab,
    Table,
    Words,
)
from smsplatform.core import clock
from smsplatform.listing import Sorting
from smsplatform.portal import Member

SECTIONS: tuple[tuple[str, Words], ...] = (
    ("shell", _("Shell")),
    ("words", _("Words, money, numbers, times")),
    ("notices", _("Notices")),
    ("buttons", _("Buttons, icons, asking first")),
    ("table", _("Table, filter, sorting, pages, export")),
    ("empty", _("Where nothing is yet")),
    ("form", _("Form")),
    ("mistakes", _("Form with mistakes")),
    ("tabs", _("Tabs and facts")),
    ("timeline", _("Timeline")),
    ("progress", _("Progress")),
    ("charts", _("Charts")),
    ("copy", _("To be copied")),
)


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(
        label=_("Company name"), help_text=_("As it stands on the business licence."), max_length=60
    )
    country = forms.ChoiceField(
        label=_("Country"), choices=[("CN", _("China")), ("GB", _("United Kingdom"))]
    )
    use = forms.ChoiceField(
        label=_("Who is it for?"),
        help_text=_("A template for somebody else needs their letter of authorisation."),
        choices=[("self", _("Our own company")), ("other", _("Another company"))],
        widget=forms.RadioSelect,
    )
    classes = forms.MultipleChoiceField(
        label=_("What will you send?"),
        choices=[("code", _("Verification codes")), ("notice", _("Notices"))],
        widget=forms.CheckboxSelectMultiple,
    )
    note = forms.CharField(
        label=_("Note for the reviewer"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    licence = forms.FileField(
        label=_("Business licence"),
        help_text=_("One picture or PDF: jpg, png or pdf, 10 MB at most."),
        widget=forms.FileInput(attrs={"accept": ".jpg,.jpeg,.png,.pdf"}),
    )
    agrees = forms.BooleanField(label=_("I accept the terms and the undertaking against spam."))

    def __init__(self, data: Any = None, *, prefix: str) -> None:
        super().__init__(data, prefix=prefix, label_suffix="")


class SampleFilter(forms.Form):
    number = forms.CharField(label=_("Number"), required=False)
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("All states")), ("approved", _("approved")), ("rejected", _("rejected"))],
    )
    first_date = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    last_date = forms.DateField(
        label=_("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    @property
    def is_used(self) -> bool:
        return bool(self.data)


class Showroom(View):
    """`ask`, `progress` and `sort` in the address make the parts live that ask for something."""

    def get(self, request: HttpRequest) -> HttpResponse:
        is_part = bool(request.headers.get("HX-Request"))
        if "ask" in request.GET:
            page = "components/question.html" if is_part else "question.html"
            return render(request, page, {"question": _question()})
        if is_part:
            return render(request, "components/progress.html", _progress(request))
        return render(request, "staff/components.html", _facts(request))

    def post(self, request: HttpRequest) -> HttpResponse:
        flashes.success(request, _("You were asked, and said yes. Nothing else happened."))
        return redirect("staff-components")


def _facts(request: HttpRequest) -> dict[str, Any]:
    now = clock.now()
    return {
        "sections": [(key, title, f"staff/components/{key}.html") for key, title in SECTIONS],
        "sample": _member(),
        "roles": [label for _value, label in Role.choices],
        "states": [(choices.__name__, choices.choices) for choices in every_state()],
        "now": now,
        "icons": _icons(),
        "form": SampleForm(prefix="good"),
        "mistakes": SampleForm({"wrong-name": "", "wrong-use": "nobody"}, prefix="wrong"),
        "filter": SampleFilter(request.GET or None, label_suffix=""),
        "table": _table(request, now),
        "empty": _empty(),
        "tabs": _tabs(),
        "facts": _card(),
        "steps": _steps(now),
        "charts": _charts(),
        **_progress(request),
    }


def _icons() -> list[str]:
    sprite = Path(str(finders.find("vendor/icons/icons.svg"))).read_text(encoding="utf-8")
    return re.findall(r'<symbol id="([^"]+)"', sprite)


def every_state() -> Iterator[type[TextChoices]]:
    """Of every app that has states; a module may call one by several names."""
    for app in apps.get_app_configs():
        if app.name.startswith("django.") or find_spec(f"{app.name}.states") is None:
            continue
        values = vars(import_module(f"{app.name}.states")).values()
        classes = [value for value in values if isinstance(value, type)]
        yield from dict.fromkeys(
            one for one in classes if issubclass(one, TextChoices) and one.choices
        )


def _member() -> Member:
    """Nobody: of two companies that are not in the database."""
    user = User(email="li.wei@example.com", name="Li Wei")
    memberships = [
        Membership(user=user, role=role, account=Account(name=name))
        for name, role in (("Example Trading", Role.OWNER), ("Example Logistics", Role.FINANCE))
    ]
    return Member(user, memberships[0], memberships)


def _question() -> Question:
    return Question(
        title=_("Delete the signature 【Example】?"),
        text=_("Messages that carry it are refused from now on. This cannot be undone."),
        action=_("Delete the signature"),
        back=reverse("staff-components"),
    )


def _progress(request: HttpRequest) -> dict[str, Any]:
    asked = request.GET.get("progress", "")
    value = min(100, int(asked[:3]) + 20) if asked.isdecimal() else 0
    return {
        "key": "import",
        "label": _("Import of 100 contacts"),
        "value": value,
        "most": 100,
        "poll": f"{reverse('staff-components')}?progress={value}",
    }


def _table(request: HttpRequest, now: datetime) -> Table:
    sorting = Sorting.read(request.GET.get("sort"), allowed=("name", "parts"), default="name")
    rows: list[dict[str, Any]] = [
        {"name": name, "state": state, "label": label, "parts": parts, "at": now}
        for name, state, label, parts in (
            ("Login code", "approved", _("approved"), 1),
            ("Order shipped", "in_review", _("in review"), 2),
            ("Spring sale", "rejected", _("rejected"), 12_046),
        )
    ]
    return Table(
        caption=_("Templates"),
        columns=(
            Column(_("Name"), sort="name"),
            Column(_("State")),
            Column(_("Changed")),
            Column(_("Parts"), sort="parts", is_figure=True),
        ),
        rows=sorted(rows, key=lambda row: row[sorting.field], reverse=sorting.is_down),
        row_template="staff/components/table_row.html",
        empty=_empty(),
        sorting=sorting,
        next_cursor="next",
        export=reverse("staff-components"),
    )


def _empty() -> Empty:
    return Empty(
        title=_("No signatures yet"),
        text=_(
            "A signature names you at the head of each message: 【Example】. It is reviewed once."
        ),
        href=reverse("staff-components"),
        action=_("Add a signature"),
        steps=(
            _("Say what it is: your company, a brand or an app."),
            _("Add the document that proves it."),
            _("We answer within two working hours."),
        ),
    )


def _tabs() -> list[Tab]:
    here = reverse("staff-components")
    return [
        Tab(_("Signatures"), here, is_current=True, count=3),
        Tab(_("Templates"), f"{here}?tab=2", count=1_204),
        Tab(_("Filing"), f"{here}?tab=3"),
    ]


def _card() -> list[Fact]:
    return [
        Fact(_("Type"), _("Company")),
        Fact(_("Registration number"), format_html("<code>{}</code>", "91310000MA1FL0000X")),
        Fact(_("Valid until"), ""),
        Fact(_("Name"), "Example Trading (Shanghai) Co., Ltd.", is_wide=True),
    ]


def _steps(now: datetime) -> list[Step]:
    day = timedelta(days=1)
    return [
        Step(now - 2 * day, _("Submitted"), "going", "Li Wei"),
        Step(now - 1.9 * day, _("Sent back"), "unsure", _("The licence cannot be read."), "Q104"),
        Step(now - 1 * day, _("Submitted again"), "going", "Li Wei"),
        Step(now - 0.9 * day, _("Approved"), "good"),
        Step(now + 30 * day, _("Expires"), "off", is_ahead=True),
    ]


def _charts() -> list[Chart]:
    hours = [f"{hour:02}:00" for hour in range(8, 20)]
    delivered = Series(_("delivered"), "good", [2, 4, 8, 16, 23, 42, 40, 38, 30, 18, 9, 4])
    lost = Series(_("not delivered"), "bad", [0, 1, 0, 2, 3, 2, 4, 1, 1, 0, 0, 1])
    waiting = Series(_("waiting"), "unsure", [1, 1, 2, 3, 5, 8, 7, 4, 3, 2, 1, 0])
    approved = Series(_("approved"), "good", [4, 9, 7])
    sent_back = Series(_("needs more"), "unsure", [1, 3, 2])
    kinds = Series(_("Requests"), "going", [61, 24, 9])
    return [
        Chart("c-stack", _("Messages per hour"), "stack", hours, (delivered, waiting, lost)),
        Chart("c-line", _("Waiting reviews"), "line", hours, (waiting, lost)),
        Chart("c-bar", _("Decisions"), "bar", hours[:3], (approved, sent_back)),
        Chart(
            "c-pie",
            _("Requests by kind"),
            "pie",
            [str(_("Signatures")), str(_("Templates")), str(_("Companies"))],
            (kinds,),
            first_heading=_("Kind"),
            slice_tones=("going", "good", "unsure"),
        ),
    ]
