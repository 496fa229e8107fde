"""The portal's way around: one list of entries, of which each member sees what is theirs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.services.permissions import Permission


class Reader(Protocol):
    """Whoever the entries are for."""

    def may(self, permission: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """`permission` is empty where every member may look."""

    url_name: str
    label: Promise
    icon: str
    permission: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """`label` is empty for what needs no heading."""

    label: Promise | str
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class Link:
    """`current` is what aria-current says: `page`, `true` for what lies below it, or nothing."""

    label: Promise
    icon: str
    href: str
    current: str


GROUPS: Sequence[Group] = (
    Group(
        "",
        (
            Entry("home", _("Home"), "home"),
            Entry("message-list", _("Messages"), "message-2", Permission.MESSAGES_READ),
        ),
    ),
    Group(
        _("Content"),
        (
            Entry("signature-list", _("Signatures"), "writing-sign", Permission.CONTENT_READ),
            Entry("template-list", _("Templates"), "template", Permission.CONTENT_READ),
        ),
    ),
    Group(
        _("Contacts and consent"),
        (Entry("suppression-list", _("Suppressed numbers"), "ban", Permission.SUPPRESSION_READ),),
    ),
    Group(
        _("Developers"),
        (
            Entry("api-key-list", _("API keys"), "key", Permission.KEYS_MANAGE),
            Entry(
                "trial-number-list",
                _("Trial numbers"),
                "device-mobile",
                Permission.KEYS_MANAGE,
            ),
            Entry("webhook-list", _("Webhooks"), "webhook", Permission.WEBHOOKS_MANAGE),
        ),
    ),
    Group(
        _("Account"),
        (
            Entry("qualification", _("Company"), "building", Permission.COMPANY_READ),
            Entry("country-list", _("Countries"), "world", Permission.MESSAGES_READ),
            Entry("member-list", _("Members"), "users", Permission.MEMBERS_MANAGE),
            Entry("security", _("Security"), "shield-lock"),
        ),
    ),
    Group(
        _("Billing"),
        (
            Entry("wallet", _("Wallet"), "wallet", Permission.MONEY_SEE),
            Entry("buy", _("Buy"), "plus", Permission.MONEY_SPEND),
            Entry("auto-topup", _("Automatic top-up"), "refresh", Permission.MONEY_SPEND),
            Entry("order-list", _("Orders"), "receipt-2", Permission.MONEY_SEE),
            Entry("invoice-list", _("Invoices"), "receipt-2", Permission.MONEY_SEE),
        ),
    ),
)


def shown(
    *, reader: Reader, path: str, groups: Sequence[Group] = GROUPS
) -> list[tuple[Promise | str, list[Link]]]:
    """Headings with their links; a group of which nothing is left is left out."""
    found = ((group.label, list(_links(group, reader, path))) for group in groups)
    return [(label, links) for label, links in found if links]


def _links(group: Group, reader: Reader, path: str) -> Iterator[Link]:
    for entry in group.entries:
        href = address(entry.url_name)
        if href and (not entry.permission or reader.may(entry.permission)):
            yield Link(entry.label, entry.icon, href, _current(href, path))


def address(url_name: str) -> str:
    """Nothing for a page that this installation does not have."""
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""


def _current(href: str, path: str) -> str:
    if href == path:
        return "page"
    below = href if href.endswith("/") else f"{href}/"
    return "true" if href != "/" and path.startswith(below) else ""
