"""Imports as a key and as a member of an account see them."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from rest_framework.test import APIClient

from messaging import tasks
from messaging.models import ConsentEntry, Import, Suppression
from tests import factories, portal, world

pytestmark = pytest.mark.django_db

CONTENT = b"number,size\n13800138000,43\n12,1\n"


@pytest.fixture
def customer():
    return world.make_customer()


@pytest.fixture
def api(customer):
    return APIClient(headers=customer.bearer)


def csv_file(content=CONTENT, name="numbers.csv"):
    return SimpleUploadedFile(name, content, "text/csv")


def test_a_key_hands_in_looks_at_and_applies_a_file(api, customer):
    made = api.post("/api/v1/suppressions/imports", {"file": csv_file()})
    url = f"/api/v1/suppressions/imports/{made.json()['id']}"
    tasks.read_import(import_id=made.json()["id"])
    read = api.get(url).json()
    applied = api.post(f"{url}/apply")
    tasks.apply_import(import_id=made.json()["id"])

    assert (made.status_code, made.json()["state"]) == (202, "reading")
    assert (read["state"], read["understood"], read["refused"]) == ("ready", 1, 1)
    assert read["preview"]["unused"] == ["size"]
    assert read["preview"]["refused"][0]["code"] == "number_invalid"
    assert (applied.status_code, applied.json()["state"]) == (200, "applying")
    assert api.get(url).json()["added"] == 1
    assert Suppression.objects.get().account == customer.account


def test_consents_have_a_door_of_their_own(api):
    content = b"number,consent\n13800138000,yes\n"
    made = api.post("/api/v1/consents/imports", {"file": csv_file(content)}).json()
    tasks.read_import(import_id=made["id"])
    api.post(f"/api/v1/consents/imports/{made['id']}/apply")
    tasks.apply_import(import_id=made["id"])

    assert ConsentEntry.objects.get().act == "granted"
    assert api.get(f"/api/v1/suppressions/imports/{made['id']}").status_code == 404


def test_the_refused_rows_are_a_file(api):
    made = api.post("/api/v1/suppressions/imports", {"file": csv_file()}).json()
    tasks.read_import(import_id=made["id"])

    answer = api.get(f"/api/v1/suppressions/imports/{made['id']}/refused")

    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "This is no telephone number" in answer.content.decode("utf-8-sig")


def test_what_is_not_read_yet_cannot_be_applied(api):
    made = api.post("/api/v1/suppressions/imports", {"file": csv_file()}).json()

    answer = api.post(f"/api/v1/suppressions/imports/{made['id']}/apply")

    assert (answer.status_code, answer.json()["code"]) == (409, "import_not_ready")


def test_a_file_must_be_there(api):
    assert api.post("/api/v1/suppressions/imports", {}).status_code == 422
    empty = api.post("/api/v1/suppressions/imports", {"file": csv_file(b"")})
    assert (empty.status_code, empty.json()["code"]) == (422, "table_empty")


@pytest.fixture
def member(client):
    return portal.sign_in(client, role="sender")


def test_a_member_uploads_looks_and_applies(client, member):
    answer = client.post(reverse("import-new"), {"what": "suppressions", "file": csv_file()})
    made = Import.objects.get()
    page = reverse("import-detail", args=[made.pk])
    assert answer.headers["Location"] == page
    assert 'hx-trigger="every 2s"' in client.get(page).text

    tasks.read_import(import_id=str(made.pk))
    shown = client.get(page).text
    assert "1 row is understood." in shown
    assert "1 row is not, and left out." in shown
    assert "Apply what is understood" in shown

    client.post(page)
    tasks.apply_import(import_id=str(made.pk))
    assert "1 was new." in client.get(page).text
    assert Suppression.objects.count() == 1


def test_a_file_that_is_refused_says_why(client, member):
    client.post(reverse("import-new"), {"what": "suppressions", "file": csv_file(b"a,b\n1,2\n")})
    made = Import.objects.get()
    tasks.read_import(import_id=str(made.pk))

    assert "there is none for: number" in client.get(reverse("import-detail", args=[made.pk])).text


def test_an_empty_file_is_refused_in_the_form(client, member):
    answer = client.post(reverse("import-new"), {"what": "consents", "file": csv_file(b"")})

    assert "The file is empty." in answer.text
    assert not Import.objects.exists()


def test_another_account_s_import_is_not_there(client, member):
    foreign = factories.ImportFactory()

    for name in ("import-detail", "import-refused"):
        assert client.get(reverse(name, args=[foreign.pk])).status_code == 404
    assert client.post(reverse("import-detail", args=[foreign.pk])).status_code == 404


def test_the_page_of_an_import_costs_six_queries(
    client, member, monkeypatch, django_assert_num_queries
):
    portal.hold_clock(monkeypatch)
    client.post(reverse("import-new"), {"what": "suppressions", "file": csv_file()})
    made = Import.objects.get()
    tasks.read_import(import_id=str(made.pk))
    page = reverse("import-detail", args=[made.pk])
    client.get(page)

    with django_assert_num_queries(6):
        client.get(page)
