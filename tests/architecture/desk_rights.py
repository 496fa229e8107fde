"""What each role of the staff may do on the desk. Superusers may do all of it.

A model, page or action that is missing here fails the build: say first whose it is.
"""

from uuid import uuid4

ROLES = ("reviewer", "finance", "support", "operator")

# v(iew), a(dd), c(hange), d(elete), as the desk offers them; nothing for who is not named.
RIGHTS: dict[str, dict[str, str]] = {
    "accounts.account": dict.fromkeys(ROLES, "v"),
    "accounts.apikey": {"support": "v"},
    "accounts.document": {"reviewer": "v"},
    "accounts.event": {"support": "v"},
    "accounts.invitation": {"support": "v"},
    "accounts.phonecode": {"support": "v"},
    "accounts.project": dict.fromkeys(ROLES, "v"),
    "accounts.qualification": {"reviewer": "v", "support": "v"},
    "accounts.retentionterm": {},
    "accounts.trade": {"reviewer": "vac"},
    "accounts.trialnumber": {"support": "v"},
    "accounts.user": {"support": "v"},
    "accounts.webhookdelivery": {"support": "v", "operator": "v"},
    "accounts.webhookendpoint": {"support": "v", "operator": "vc"},
    "auth.group": {},
    "billing.autotopup": {"finance": "v"},
    "billing.bankline": {"finance": "v"},
    "billing.billingdetails": {"finance": "vac"},
    "billing.coupon": {"finance": "vac"},
    "billing.creditnote": {"finance": "vac"},
    "billing.customergroup": {"finance": "vac"},
    "billing.difference": {"finance": "v"},
    "billing.dunningstep": {"finance": "vacd"},
    "billing.entry": {"finance": "v"},
    "billing.fapiao": {"finance": "vc"},
    "billing.invoice": {"finance": "v"},
    "billing.offer": {"finance": "vac"},
    "billing.order": {"finance": "v"},
    "billing.package": {"finance": "vac"},
    "billing.pricelist": {"finance": "vac"},
    "billing.priceversion": {"finance": "vac"},
    "billing.providernotice": {"finance": "v"},
    # Only of a draft one may be deleted.
    "billing.rate": {"finance": "vac"},
    "billing.receivable": {"finance": "v"},
    "billing.refund": {"finance": "v"},
    "billing.seller": {"finance": "vac"},
    "billing.taxrate": {"finance": "vac"},
    "billing.wallet": {"finance": "v"},
    "core.auditentry": {},
    "core.calendarday": {"reviewer": "vacd"},
    "core.cannedreply": {"reviewer": "vacd"},
    "core.item": {"reviewer": "v"},
    "core.reviewreason": {"reviewer": "vac"},
    "core.workinghours": {"reviewer": "v"},
    "messaging.batch": {"support": "v", "operator": "v"},
    "messaging.capexemption": {"reviewer": "v", "support": "v", "operator": "vacd"},
    "messaging.carrier": {"operator": "vac"},
    "messaging.consententry": {"reviewer": "v", "support": "v"},
    "messaging.due": {"operator": "v"},
    # Only an account's own cap may be deleted.
    "messaging.frequencycap": {"reviewer": "v", "support": "v", "operator": "vac"},
    "messaging.health": {"operator": "v"},
    "messaging.inbound": {"reviewer": "v", "support": "v", "operator": "v"},
    "messaging.lease": {"operator": "v"},
    "messaging.message": {"support": "v", "operator": "v"},
    "messaging.openedcountry": {"reviewer": "v", "support": "vad", "operator": "vad"},
    "messaging.receipt": {"support": "v", "operator": "v"},
    "messaging.route": {"operator": "vac"},
    "messaging.ruleswitch": {"reviewer": "v", "support": "v", "operator": "v"},
    "messaging.sampleshare": {"reviewer": "vacd"},
    "messaging.sendinghours": {"reviewer": "v", "support": "v", "operator": "v"},
    # A row is written once: what may be changed is whether it is in force, by an action.
    "messaging.suppression": {"support": "vac", "operator": "v"},
    "reports.dailystat": {"finance": "v", "support": "v", "operator": "v"},
    "reports.violation": {"finance": "v", "operator": "v"},
    "templates_app.bounditem": {"reviewer": "v"},
    # Made inactive, not deleted: a platform without any gets those it began with.
    "templates_app.optouttail": {"reviewer": "vac", "support": "v", "operator": "v"},
    "templates_app.filingimport": {"reviewer": "v"},
    "templates_app.filingpack": {"reviewer": "v"},
    "templates_app.filingterms": {"reviewer": "vc"},
    "templates_app.filingword": {"reviewer": "vacd"},
    "templates_app.senderid": {"reviewer": "v", "support": "v", "operator": "vac"},
    "templates_app.senderrule": {"reviewer": "v", "support": "v", "operator": "vac"},
    "templates_app.signature": {"reviewer": "v", "support": "v"},
    "templates_app.signaturefiling": {"reviewer": "v", "support": "v"},
    "templates_app.template": {"reviewer": "v", "support": "v"},
    "templates_app.wordlist": {"reviewer": "vac"},
}

# What is done to rows that were ticked, and who may.
ACTIONS: dict[tuple[str, str], tuple[str, ...]] = {
    ("accounts.apikey", "revoke"): ("support",),
    ("billing.creditnote", "issue"): ("finance",),
    ("billing.creditnote", "refuse"): ("finance",),
    ("billing.difference", "settle"): ("finance",),
    ("billing.invoice", "export"): ("finance",),
    ("billing.receivable", "mark_paid"): ("finance",),
    ("billing.receivable", "write_off"): ("finance",),
    ("core.item", "approve_many"): ("reviewer",),
    ("messaging.health", "send_once_more"): ("operator",),
    ("messaging.health", "give_up"): ("operator",),
    ("messaging.health", "hold"): ("operator",),
    ("messaging.suppression", "lift"): ("support",),
    ("reports.violation", "close"): ("operator",),
    ("templates_app.signaturefiling", "mark_filing"): ("reviewer",),
    ("templates_app.signaturefiling", "mark_unverified"): ("reviewer",),
    ("templates_app.signaturefiling", "mark_filed"): ("reviewer",),
    ("templates_app.signaturefiling", "mark_failed"): ("reviewer",),
}

_SOME = {"item_id": 1}
# Pages beside those of Django: method, arguments, what is sent, how it answers whoever may (of
# something that does not exist, where it is about something), and who that is.
PAGES: dict[str, tuple[str, dict, dict, int, tuple[str, ...]]] = {
    "admin:index": ("GET", {}, {}, 200, ROLES),
    "admin:password_change_done": ("GET", {}, {}, 200, ROLES),
    "admin:jsi18n": ("GET", {}, {}, 200, ROLES),
    # Answers who says of which field it asks, and may look at what that leads to.
    "admin:autocomplete": ("GET", {}, {}, 200, ()),
    "admin:view_on_site": ("GET", {"content_type_id": "1", "object_id": "0"}, {}, 404, ROLES),
    "staff-components": ("GET", {}, {}, 200, ROLES),
    "staff-reviews": ("GET", {}, {}, 200, ("reviewer",)),
    "staff-account-standing": ("GET", {"account_id": 0}, {}, 404, ("reviewer",)),
    "admin:auth_user_password_change": ("GET", {"id": "0"}, {}, 404, ()),
    "admin:accounts_document_file": ("GET", {"public_id": uuid4()}, {}, 404, ("reviewer",)),
    "admin:billing_order_confirm": ("GET", {"order_id": 1}, {}, 404, ("finance",)),
    "admin:billing_order_refund": ("GET", {"order_id": 1}, {}, 404, ("finance",)),
    "admin:billing_bankline_import": ("GET", {}, {}, 200, ("finance",)),
    "admin:billing_bankline_settle": ("GET", {"line_id": 1}, {}, 404, ("finance",)),
    **{
        f"admin:billing_priceversion_{deed}": ("POST", {"version_id": 1}, {}, 404, ("finance",))
        for deed in ("publish", "withdraw", "redraft")
    },
    **{
        f"admin:billing_priceversion_{page}": ("GET", {"version_id": 1}, {}, 404, ("finance",))
        for page in ("compare", "export")
    },
    "admin:billing_pricelist_import": ("GET", {"list_id": 0}, {}, 404, ("finance",)),
    "admin:core_item_take_next": ("POST", {}, {}, 302, ("reviewer",)),
    "admin:core_item_take": ("POST", _SOME, {}, 302, ("reviewer",)),
    "admin:core_item_release": ("POST", _SOME, {}, 302, ("reviewer",)),
    "admin:core_item_decide": ("POST", _SOME, {"decision": "approved"}, 404, ("reviewer",)),
    "admin:messaging_route_explain": ("GET", {}, {}, 200, ("operator",)),
    "admin:templates_app_signature_stand": ("GET", {"pk": 1}, {}, 404, ("reviewer",)),
    "admin:templates_app_signaturefiling_desk": (
        *("GET", {"operator": "mobile"}, {}, 200, ("reviewer", "support")),
    ),
    "admin:templates_app_signaturefiling_pack": (
        *("POST", {"operator": "mobile"}, {}, 302, ("reviewer",)),
    ),
    "admin:templates_app_signaturefiling_results": (
        *("GET", {"operator": "mobile"}, {}, 200, ("reviewer",)),
    ),
    "admin:templates_app_signaturefiling_preview": ("GET", {"pk": 0}, {}, 404, ("reviewer",)),
    "admin:templates_app_filingpack_table": ("GET", {"pk": 0}, {}, 404, ("reviewer",)),
    "admin:templates_app_filingpack_archive": ("GET", {"pk": 0}, {}, 404, ("reviewer",)),
    "admin:templates_app_template_stand": ("GET", {"pk": 1}, {}, 404, ("reviewer",)),
    "admin:accounts_trade_try": ("GET", {}, {}, 200, ("reviewer",)),
    "admin:templates_app_wordlist_try": ("GET", {}, {}, 200, ("reviewer",)),
}
