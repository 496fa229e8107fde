"""What a reviewer is shown of a signature or a template."""

from smsplatform.core.review import Item, Page
from templates_app import queries
from templates_app.models import Signature, TemplateVersion
from templates_app.services import checking, locales, review
from templates_app.states import VersionState


def template_page(item: Item) -> Page:
    """Beside what is in force now, and what the rules and lists say."""
    version = TemplateVersion.objects.select_related("template__account").get(pk=item.target_id)
    template = version.template
    checked = checking.check(
        wording=review.wording_of(version),
        market=template.market,
        signature=queries.a_signature(template.account_id),
        account_id=template.account_id,
    )
    in_force = template.versions.filter(state=VersionState.APPROVED).first()
    context = {
        "version": version,
        "template": template,
        "checked": checked,
        "in_force": in_force,
        "language": locales.name(template.locale),
        "main": None if template.is_main else queries.languages(template)[0],
        "bound": list(version.bound.order_by("kind", "value")),
    }
    return Page("templates_app/review_template.html", context)


def signature_page(item: Item) -> Page:
    signature = Signature.objects.select_related("account").get(pk=item.target_id)
    context = {
        "signature": signature,
        "findings": review.check_signature(signature),
        "names": review.names_of(signature),
    }
    return Page("templates_app/review_signature.html", context)
