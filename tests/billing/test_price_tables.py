"""A table of prices is read at the desk: all of it becomes a draft, or nothing does."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from billing.models import PriceVersion, Rate
from billing.services import rate_rows
from tests import factories

pytestmark = pytest.mark.django_db

HEAD = "country,class,price\n"


@pytest.fixture
def staff(client):
    client.force_login(factories.staff("a@example.com"))
    return client


def send(staff, content):
    of = factories.PriceListFactory()
    file = SimpleUploadedFile("prices.csv", content)
    form = {"file": file, "valid_from": "2027-01-31 00:00", "note": "from the fair"}
    return staff.post(reverse("admin:billing_pricelist_import", args=[of.pk]), form)


def test_a_table_becomes_a_draft_and_what_it_changes_is_shown(staff):
    answer = send(staff, f"\ufeff{HEAD}CN,,0.045\ncn,marketing,0.055\n".encode())

    made = PriceVersion.objects.get()
    assert answer.url == reverse("admin:billing_priceversion_compare", args=[made.pk])
    assert (made.state, made.number, made.note) == ("draft", 1, "from the fair")
    assert sorted(made.rates.values_list("country", "message_class", "price_micros")) == [
        ("CN", "", 45_000),
        ("CN", "marketing", 55_000),
    ]


def test_who_reads_a_table_in_does_not_publish_it(staff):
    factories.staff("b@example.com")
    send(staff, f"{HEAD}CN,,0.045\n".encode())
    made = PriceVersion.objects.get()

    url = reverse("admin:billing_priceversion_publish", args=[made.pk])
    assert "somebody else has to publish" in staff.post(url, follow=True).content.decode()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (f"{HEAD}CN,,0.045\nCN,,0.05\n".encode(), "Line 3: Line 2 prices the same already."),
        (f"{HEAD}CN,,0.045\nGB,spam,0.05\n".encode(), "Line 3: There is no such class."),
        (f"{HEAD}CN,,dear\n".encode(), "Line 2: Write an amount"),
        (f"{HEAD}CN,0.045\n".encode(), "Line 2: This line has not as many cells"),
        (b"a,b\n1,2\n", "The first line has to name columns"),
        (HEAD.encode(), "This version has no price"),
        (f"{HEAD}CN,,0.045\n".encode("utf-16"), "Save the table as CSV in UTF-8."),
        (f"{HEAD}C\0,,0.045\n".encode(), "Save the table as CSV in UTF-8."),
        (f"{HEAD}{'x' * 200_000},,0.045\n".encode(), "Save the table as CSV in UTF-8."),
        (b"x" * (rate_rows.LARGEST_FILE + 1), "at most 2 MB"),
    ],
    ids=[
        "twin",
        "class",
        "amount",
        "cells",
        "columns",
        "empty",
        "utf-16",
        "nul",
        "long cell",
        "large",
    ],
)
def test_a_table_with_a_fault_is_refused_whole_with_its_line(staff, content, said):
    answer = send(staff, content)

    assert said in answer.content.decode()
    assert not PriceVersion.objects.exists()
    assert not Rate.objects.exists()


def test_who_may_not_change_prices_reads_none_in(client):
    client.force_login(factories.staff("c@example.com", is_superuser=False))

    assert send(client, f"{HEAD}CN,,0.045\n".encode()).status_code == 403
    assert not PriceVersion.objects.exists()
