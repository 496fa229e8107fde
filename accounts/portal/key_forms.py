"""What a new API key shall be."""

import ipaddress
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiKey, Project, Scope
from accounts.models.key import check_network
from accounts.services.issuing import Wish

_MOST_NETWORKS = 50
_USUAL = (Scope.SEND, Scope.READ, Scope.BALANCE)


class KeyForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_("What will use it, such as “shop server”."),
    )
    mode = forms.ChoiceField(
        label=_("What it is for"),
        choices=[
            (ApiKey.Mode.LIVE, _("Live: messages reach phones, and are paid")),
            (ApiKey.Mode.SANDBOX, _("Sandbox: nothing leaves the platform, and nothing is paid")),
        ],
        initial=ApiKey.Mode.LIVE,
        widget=forms.RadioSelect,
    )
    project = forms.ModelChoiceField(label=_("Project"), queryset=Project.objects.none())
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        help_text=_("As little as it needs. Your own role sets the limit."),
        widget=forms.CheckboxSelectMultiple,
    )
    networks = forms.CharField(
        label=_("From where it may be used"),
        required=False,
        help_text=_("One address or network a line, such as 192.0.2.0/24. Empty: from anywhere."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    days = forms.TypedChoiceField(
        label=_("How long it lasts"),
        choices=[(0, _("Until it is revoked")), (30, _("30 days")), (90, _("90 days")),
                 (365, _("One year"))],
        coerce=int,
        initial=90,
    )  # fmt: skip

    def __init__(
        self, data: Any = None, *, projects: Sequence[Project], scopes: Collection[str]
    ) -> None:
        usual = [scope for scope in _USUAL if scope in scopes]
        super().__init__(
            data, label_suffix="", initial={"scopes": usual, "project": projects[0].pk}
        )
        chosen = Project.objects.filter(pk__in=[project.pk for project in projects])
        self.fields["project"].queryset = chosen  # type: ignore[attr-defined]
        self.fields["project"].empty_label = None  # type: ignore[attr-defined]
        self.fields["scopes"].choices = [  # type: ignore[attr-defined]
            (scope, f"{capfirst(Scope(scope).label)} ({scope})") for scope in scopes
        ]

    def clean_networks(self) -> list[str]:
        lines = self.cleaned_data["networks"].split()
        if len(lines) > _MOST_NETWORKS:
            raise forms.ValidationError(_("At most 50 networks."))
        for line in lines:
            check_network(line)
        return [str(ipaddress.ip_network(line)) for line in lines]

    def wish(self, now: datetime) -> Wish:
        said = self.cleaned_data
        expires_at = now + timedelta(days=said["days"]) if said["days"] else None
        return Wish(said["name"], said["scopes"], said["networks"], expires_at, said["mode"])
