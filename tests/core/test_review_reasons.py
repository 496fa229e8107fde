"""What reviewers say: kept by code, worded by the staff, read in the reader's language."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse
from django.utils import translation

from smsplatform.core import review
from smsplatform.core.audit import AuditEntry
from smsplatform.core.review.models import ReviewReason
from tests import factories
from tests.core import review_kinds
from tests.core.review_kinds import NAME, opened

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
LIST = "admin:core_reviewreason_changelist"
ADD = "admin:core_reviewreason_add"


@pytest.fixture(autouse=True)
def _things():
    review_kinds.registered()


@pytest.fixture
def staff(client):
    client.force_login(factories.staff("desk@example.com"))
    return client


def told(code, words="", language="en"):
    with translation.override(language):
        [found] = review.told(NAME, [{"code": code, "field": "name", "text": words}])
    return found


def codes():
    return [reason.code for reason in review.Wording().on_offer(NAME)]


def test_a_reason_says_what_is_wrong_how_to_mend_it_and_the_reviewer_s_words():
    assert told("blurred", "Page two.") == {
        "code": "blurred",
        "field": "name",
        "reason": "It is blurred.",
        "fix": "Scan it again, sharper.",
        "text": "It is blurred. Scan it again, sharper. Page two.",
    }


def test_the_reviewer_s_own_words_stand_alone():
    assert told("other", "Call us.")["text"] == "Call us."


def test_a_code_that_nobody_knows_any_more_says_what_was_said():
    assert told("of_last_year", "It was too dark.")["reason"] == "It was too dark."


def test_each_reader_gets_the_words_in_their_language():
    ReviewReason.objects.create(
        kind=NAME, code="torn", sentence_en="It is torn.", sentence_zh="证件破损。"
    )

    assert told("torn")["reason"] == "It is torn."
    assert told("torn", language="zh-hans")["reason"] == "证件破损。"


def test_staff_word_a_standard_reason_anew_and_what_they_leave_empty_stays():
    ReviewReason.objects.create(kind=NAME, code="blurred", fix_en="Use a scanner.")

    assert told("blurred")["text"] == "It is blurred. Use a scanner."
    assert codes() == ["blurred", "name_differs"]


def test_what_is_put_away_is_not_offered_and_still_read():
    ReviewReason.objects.create(kind=NAME, code="blurred", is_active=False)

    assert codes() == ["name_differs"]
    assert told("blurred")["reason"] == "It is blurred."


def test_a_reason_of_the_staff_s_own_decides():
    ReviewReason.objects.create(kind=NAME, code="torn", sentence_en="It is torn.", field="name")
    item = opened(NOW)

    review.decide(
        item_id=item.pk,
        decision="rejected",
        reasons=[{"code": "torn"}],
        by_id=1,
        by_name="Mei",
        now=NOW,
    )

    item.refresh_from_db()
    assert item.reasons == [{"code": "torn", "field": "name", "text": ""}]
    assert codes()[-1] == "torn"


def test_however_many_reasons_are_told_they_cost_one_query(django_assert_num_queries):
    reasons = [{"code": "blurred"}, {"code": "name_differs"}]

    with django_assert_num_queries(1):
        review.told(NAME, reasons)
    with django_assert_num_queries(0):
        review.told(NAME, [])


def test_the_desk_lists_the_standard_ones_to_be_worded_anew(staff):
    html = staff.get(reverse(LIST)).content.decode()

    assert "It is blurred. Scan it again, sharper." in html
    assert f"{reverse(ADD)}?kind={NAME}&amp;code=blurred" in html
    begun = staff.get(reverse(ADD), {"kind": NAME, "code": "blurred"})
    assert begun.context["adminform"].form.initial["field"] == "document_licence"


def test_the_desk_asks_for_both_languages_of_a_new_reason(staff):
    form = {"kind": NAME, "code": "torn", "place": 1, "is_active": "on", "sentence_en": "Torn."}

    refused = staff.post(reverse(ADD), form)
    staff.post(reverse(ADD), form | {"sentence_zh": "破损。"})

    assert "sentence_zh" in refused.context["adminform"].form.errors
    assert ReviewReason.objects.get().code == "torn"
    assert AuditEntry.objects.filter(action="reviewreason.added").exists()
