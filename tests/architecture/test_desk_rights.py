"""Each role of the staff opens its own pages of the desk and no other."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.urls import reverse

from accounts.models import User
from reports.models import Violation
from smsplatform.core import clock
from smsplatform.management import roles
from tests import factories
from tests.architecture.addresses import desk_models, every_address
from tests.architecture.desk_rights import ACTIONS, PAGES, RIGHTS, ROLES
from tests.architecture.door_keys import DOORS
from tests.architecture.doors import Key

pytestmark = pytest.mark.django_db

DESKS = {model._meta.label_lower: desk for model, desk in admin.site._registry.items()}
# Of Django itself, for each model.
_USUAL = {"changelist", "add", "history", "delete", "change"}
_NOT_PAGES = {"admin:login", "admin:logout"}


def sign_in(client, role):
    roles.install()
    user = factories.staff(f"{role}@example.com", is_superuser=False)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return user


def of_model(model, page, *arguments):
    return reverse(f"admin:{model.replace('.', '_')}_{page}", args=arguments)


def own_pages():
    """Names of the pages that a desk of ours has beside the usual ones."""
    for model, desk in DESKS.items():
        usual = {f"{model.replace('.', '_')}_{page}" for page in _USUAL}
        yield from (
            f"admin:{url.name}" for url in desk.get_urls() if url.name not in {*usual, None}
        )


def staff_pages():
    named = {address.route: address.name for address in every_address()}
    return {named[route] for route, door in DOORS.items() if door.key is Key.STAFF}


def test_every_model_on_the_desk_says_whose_it_is():
    assert desk_models() == RIGHTS.keys()


def test_every_page_of_the_desk_says_whose_it_is():
    assert {*own_pages(), *staff_pages()} - _NOT_PAGES == PAGES.keys()


def test_every_action_says_whose_it_is():
    found = {
        (model, name)
        for model, desk in DESKS.items()
        for name in (each if isinstance(each, str) else each.__name__ for each in desk.actions)
    }

    assert found == ACTIONS.keys()


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("model", sorted(RIGHTS))
def test_a_role_does_on_a_desk_what_the_table_says_and_no_more(model, role, client):
    """Of a row that does not exist, whoever may is told so; whoever may not learns nothing."""
    sign_in(client, role)
    may = RIGHTS[model].get(role, "")
    missing = {404} if model == "core.item" else {302}

    found = {
        "v": client.get(of_model(model, "changelist")).status_code,
        "v of one": client.get(of_model(model, "change", "0")).status_code,
        "a": client.get(of_model(model, "add")).status_code,
        "c": client.post(of_model(model, "change", "0")).status_code,
        "d": client.post(of_model(model, "delete", "0"), {"post": "yes"}).status_code,
    }

    assert {right for right, status in found.items() if status != 403} == {
        right for right in found if right[0] in may
    }
    assert found["v"] in (200, 403)
    assert found["v of one"] in {403, *missing}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_role_opens_its_pages_and_no_other(name, role, client):
    method, arguments, sent, status, roles = PAGES[name]
    sign_in(client, role)

    answer = getattr(client, method.lower())(reverse(name, kwargs=arguments), sent)

    assert answer.status_code == (status if role in roles else 403)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_is_offered_its_actions_and_no_other(role, client, rf):
    request = rf.get("/")
    request.user = sign_in(client, role)

    offered = {
        (model, name)
        for model, desk in DESKS.items()
        if desk.has_view_permission(request)
        for name in desk.get_actions(request)
        if name != "delete_selected"
    }

    assert offered == {action for action, roles in ACTIONS.items() if role in roles}


@pytest.mark.parametrize("model", ["accounts.user", "auth.group"])
def test_only_a_superuser_changes_people_and_groups(model, client):
    """Also where a group of somebody's own making says otherwise."""
    user = sign_in(client, "support")
    user.user_permissions.set(Permission.objects.all())
    target = {"accounts.user": user, "auth.group": Group.objects.get(name="support")}[model]
    pages = [
        of_model(model, "add"),
        *(of_model(model, each, target.pk) for each in ("change", "delete")),
    ]

    assert [client.post(page).status_code for page in pages] == [403, 403, 403]
    User.objects.filter(pk=user.pk).update(is_superuser=True)
    assert [client.get(page).status_code for page in pages] == [200, 200, 200]


def test_a_start_brings_the_roles_back_to_the_table_and_leaves_other_groups():
    roles.install()
    own = Group.objects.create(name="interns")
    for group in (own, Group.objects.get(name="finance")):
        group.permissions.set(Permission.objects.filter(codename="delete_user"))

    roles.install()

    held = {
        group.name: {
            f"{each.content_type.app_label}.{each.codename}"
            for each in group.permissions.select_related("content_type")
        }
        for group in Group.objects.all()
    }
    assert held == {**roles.ROLES, "interns": {"accounts.delete_user"}}


@pytest.mark.parametrize("role", ROLES)
def test_what_a_role_may_look_at_is_shown_with_all_that_belongs_to_it(role, client, rf):
    request = rf.get("/")
    request.user = sign_in(client, role)

    for model, rights in RIGHTS.items():
        if role in rights:
            desk = DESKS[model]
            shown = [type(each) for each in desk.get_inline_instances(request, desk.model())]
            assert shown == list(desk.inlines), model


@pytest.mark.parametrize(("role", "reads"), [("reviewer", True), ("support", False)])
def test_what_a_person_wrote_is_read_by_those_who_judge_texts(role, reads, client):
    inbound = factories.InboundFactory(text="please leave me alone")
    sign_in(client, role)

    page = client.get(of_model("messaging.inbound", "change", inbound.pk)).text

    assert inbound.number in page
    assert ("leave me alone" in page) is reads


def test_the_body_of_a_webhook_is_shown_to_nobody(client):
    message = factories.MessageFactory()
    delivery = factories.WebhookDeliveryFactory(message=message, payload='{"text":"secret"}')
    sign_in(client, "support")

    page = client.get(of_model("accounts.webhookdelivery", "change", delivery.pk)).text

    assert str(message.id) in page
    assert "secret" not in page


@pytest.mark.parametrize(
    ("role", "learns"), [("finance", True), ("operator", True), ("support", False)]
)
def test_the_first_page_tells_of_what_is_broken_whom_it_concerns(role, learns, client):
    now = clock.now()
    Violation.objects.create(invariant="I11", found=1, rows=[], first_seen_at=now, last_seen_at=now)
    sign_in(client, role)

    assert ("I11" in client.get(reverse("admin:index")).text) is learns
