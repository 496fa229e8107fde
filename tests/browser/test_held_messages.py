"""A reviewer at the desk, by keyboard and on a phone: what was held, what was sampled."""

import os

import pytest
from django.urls import reverse

from messaging.models import Hold, Message, SampleShare
from messaging.services import holding, sampling
from smsplatform.core import clock
from smsplatform.core.review import Item
from templates_app.models import WordList
from templates_app.services import words
from tests import factories, world
from tests.browser.conftest import DESK, PHONE, needs_browser
from tests.browser.test_every_page import _faults
from tests.messaging.line import Line

pytestmark = [needs_browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def line():
    made = Line()
    listed = WordList.objects.create(name="Credit", level="review")
    words.revise(word_list=listed, words=["贷款"], by=None, now=made.now)
    SampleShare.objects.create()
    made.accept("13800138000", "13800138001", text="您的贷款已到账，请登录查看。")
    made.accept("13800138002")
    holding.ask(now=made.now)
    sampling.take(now=world.later(clock.now(), hours=1))
    sampling.ask(now=clock.now())
    return made


def page_of(kind):
    return reverse("admin:core_item_change", args=[Item.objects.get(kind=kind).pk])


def look(visit, path, name):
    visit.go(path)
    assert (visit.overflow <= 0, visit.complaints) == (True, []), path
    assert _faults(visit.page) == []
    # Of the judge, whose script the page does not let in.
    visit.complaints.clear()
    if folder := os.environ.get("SCREENS"):
        width = visit.page.viewport_size["width"]
        visit.page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=True)


@pytest.mark.parametrize("visit", [DESK, PHONE], indirect=True, ids=["desk", "phone"])
def test_the_pages_of_held_messages_read_well(visit, line):
    visit.sign_in(factories.UserFactory(staff=True).email)

    look(visit, page_of("message"), "held")
    look(visit, page_of("sample"), "sample")
    look(visit, reverse("staff-account-standing", args=[line.customer.account.pk]), "standing")


def test_one_key_lets_a_request_go(visit, line):
    visit.sign_in(factories.UserFactory(staff=True).email)
    held = page_of("message")
    visit.go(held)

    visit.page.keyboard.press("a")
    visit.page.wait_for_url(lambda url: held not in url)

    assert Hold.objects.get().state == "passing"
    assert Message.objects.filter(state="review").count() == 2
