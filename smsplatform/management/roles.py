"""The roles of the staff: groups that hold, from every start on, what this table says.

Whoever needs another cut makes a group of their own; these four are brought back to the table.
Users, groups, the audit trail and what is switched off for whom stay with superusers.
"""

from collections.abc import Mapping

from django.contrib.auth.models import Group, Permission


def _may(verbs: str, *models: str) -> frozenset[str]:
    """`verbs` are Django's: view, add, change, delete."""
    named = [model.split(".") for model in models]
    return frozenset(f"{app}.{verb}_{name}" for app, name in named for verb in verbs.split())


# Who is meant: nearly every page names an account or a project.
_KNOW_CUSTOMERS = _may("view", "accounts.account", "accounts.project")
_SEE_PAPERS = _may("view", "accounts.qualification", "accounts.document")
_SEE_TEXTS = _may(
    "view",
    "templates_app.signature",
    "templates_app.template",
    "templates_app.templateversion",
    "templates_app.signaturefiling",
)
_SEE_RULES = _may(
    "view",
    "messaging.capexemption",
    "messaging.frequencycap",
    "messaging.openedcountry",
    "messaging.ruleswitch",
    "messaging.sendinghours",
    "templates_app.optouttail",
    "templates_app.senderid",
    "templates_app.senderrule",
)
# Rows of messages, without their text.
_SEE_TRAFFIC = _may(
    "view",
    "accounts.webhookendpoint",
    "accounts.webhookdelivery",
    "messaging.batch",
    "messaging.message",
    "messaging.receipt",
    "messaging.inbound",
    "messaging.suppression",
    "reports.dailystat",
)

# To change a review is to decide it, and to suspend what was approved before, or a whole account.
_DECIDE_REVIEWS = _may("view change", "core.item")
_KEEP_THE_DESK = _may("view", "core.workinghours") | _may(
    "view add change delete", "core.calendarday", "core.cannedreply"
)
_WORD_REASONS = _may("view add change", "core.reviewreason")
_KEEP_WORDS = _may("view add change", "templates_app.wordlist") | _may(
    "view", "templates_app.wordlistversion", "templates_app.bounditem"
)
_KEEP_TAILS = _may("add change", "templates_app.optouttail")
_SET_SAMPLES = _may("view add change delete", "messaging.sampleshare")
_KEEP_TRADES = _may("view add change", "accounts.trade")
_FILE_SIGNATURES = (
    _may("change", "templates_app.signaturefiling")
    | _may("view", "templates_app.filingpack", "templates_app.filingimport")
    | _may("view change", "templates_app.filingterms")
    | _may("view add change delete", "templates_app.filingword")
)

_SEE_MONEY = _may(
    "view",
    "billing.wallet",
    "billing.entry",
    "billing.invoice",
    "billing.invoiceline",
    "billing.providernotice",
    "billing.refund",
    "billing.autotopup",
)
# To change one is to say that its money came, whose it is, or that a difference is explained.
_BOOK_PAYMENTS = _may("view change", "billing.order", "billing.bankline", "billing.difference")
_SET_LETTERHEADS = _may(
    "view add change", "billing.billingdetails", "billing.seller", "billing.taxrate"
) | _may("view add change delete", "billing.dunningstep")
_PUT_INVOICES_RIGHT = _may("view add change", "billing.creditnote") | _may(
    "view change", "billing.fapiao", "billing.receivable"
)
_SET_PRICES = _may(
    "view add change",
    "billing.package",
    "billing.offer",
    "billing.coupon",
    "billing.customergroup",
    "billing.pricelist",
    "billing.priceversion",
) | _may("view add change delete", "billing.groupmember", "billing.rate")

_KNOW_PEOPLE = _may(
    "view", "accounts.user", "accounts.membership", "accounts.invitation", "accounts.event"
)
_SEE_CODES = _may("view", "accounts.phonecode", "accounts.trialnumber")
_SEE_QUALIFICATIONS = _may("view", "accounts.qualification")
_SEE_CONSENTS = _may("view", "messaging.consententry")
# To change a key is to revoke it, to change a suppression is to lift it.
_STOP_KEYS = _may("view change", "accounts.apikey")
_SUPPRESS_NUMBERS = _may("view add change", "messaging.suppression")

_RUN_CARRIERS = (
    _may("view add change", "messaging.carrier", "messaging.route")
    | _may("view add change delete", "messaging.routecarrier")
    | _may("view change", "messaging.health")
    | _may("view", "messaging.lease", "messaging.due")
)
_SET_CAPS = _may("view add change delete", "messaging.frequencycap", "messaging.capexemption")
_SET_SENDERS = _may("add change", "templates_app.senderid", "templates_app.senderrule")
_OPEN_COUNTRIES = _may("view add delete", "messaging.openedcountry")
_SET_WEBHOOKS = _may("change", "accounts.webhookendpoint")
_CLOSE_VIOLATIONS = _may("view change", "reports.violation")

ROLES: Mapping[str, frozenset[str]] = {
    "reviewer": (
        _KNOW_CUSTOMERS
        | _SEE_PAPERS
        | _SEE_TEXTS
        | _SEE_RULES
        | _SEE_CONSENTS
        | _DECIDE_REVIEWS
        | _KEEP_THE_DESK
        | _WORD_REASONS
        | _KEEP_WORDS
        | _KEEP_TAILS
        | _SET_SAMPLES
        | _KEEP_TRADES
        | _FILE_SIGNATURES
        | _may("view", "messaging.inbound")
    ),
    "finance": (
        _KNOW_CUSTOMERS
        | _SEE_MONEY
        | _BOOK_PAYMENTS
        | _SET_LETTERHEADS
        | _PUT_INVOICES_RIGHT
        | _SET_PRICES
        | _may("view", "reports.dailystat", "reports.violation")
    ),
    "support": (
        _KNOW_CUSTOMERS
        | _KNOW_PEOPLE
        | _SEE_CODES
        | _SEE_QUALIFICATIONS
        | _SEE_TEXTS
        | _SEE_RULES
        | _SEE_TRAFFIC
        | _SEE_CONSENTS
        | _STOP_KEYS
        | _SUPPRESS_NUMBERS
        | _OPEN_COUNTRIES
    ),
    "operator": (
        _KNOW_CUSTOMERS
        | _SEE_RULES
        | _SEE_TRAFFIC
        | _RUN_CARRIERS
        | _SET_CAPS
        | _SET_SENDERS
        | _OPEN_COUNTRIES
        | _SET_WEBHOOKS
        | _CLOSE_VIOLATIONS
    ),
}


def install() -> None:
    """After all migrations: only then does every permission exist."""
    names = {name for held in ROLES.values() for name in held}
    codes = {name.partition(".")[2] for name in names}
    rows = Permission.objects.filter(codename__in=codes).select_related("content_type")
    known = {f"{row.content_type.app_label}.{row.codename}": row for row in rows}
    for role, held in ROLES.items():
        group, _is_new = Group.objects.get_or_create(name=role)
        group.permissions.set([known[name] for name in sorted(held)])
