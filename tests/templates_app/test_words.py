"""Listed words are found however they are written, and staff keep the lists."""

from datetime import UTC, datetime
from importlib import import_module

import pytest
from django.apps import apps
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from smsplatform.core import remember
from smsplatform.core.errors import Invalid
from templates_app.models import WordList, WordListVersion
from templates_app.services import checking, review, words
from templates_app.services.drafting import TemplateFields
from tests import factories
from tests.templates_app.test_drafting import create
from tests.templates_app.wordings import notice

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _only_our_lists():
    WordList.objects.all().delete()
    remember.forget()


def a_list(*said, level="reject", name="ours"):
    found, _is_new = WordList.objects.get_or_create(name=name, defaults={"level": level})
    words.revise(word_list=found, words=said, by=None, now=NOW)
    remember.forget()
    return found


def hits(text):
    return [(hit.word, hit.level, text[hit.start : hit.end]) for hit in words.match([text])[0]]


@pytest.mark.parametrize(
    "written",
    ["代开发票", "代 開 發 票", "代*开*发*票", "代\u200b开发票", "代-开-发漂", "代・开・发・票"],
)
def test_a_word_is_found_however_it_is_written(written):
    a_list("代开发票")

    assert hits(f"专业{written}，加我") == [("代开发票", "reject", written)]


def test_the_longer_word_and_the_one_within_are_both_told():
    a_list("发票", "代开发票")

    assert [word for word, _level, _text in hits("代开发票")] == ["代开发票", "发票"]


def test_what_two_sentences_spell_by_chance_is_looked_at_not_refused():
    a_list("发票")

    assert hits("新品开发，票务咨询") == [("发票", "review", "发，票")]


@pytest.mark.parametrize(
    ("text", "is_found"),
    [("VX me", True), ("v-x me", True), ("ＶＸ：abc", True), ("SVX", False), ("vxb", False)],
)
def test_latin_words_are_found_as_words(text, is_found):
    a_list("vx")

    assert bool(hits(text)) is is_found


def test_a_list_that_is_off_finds_nothing():
    found = a_list("发票")
    WordList.objects.filter(pk=found.pk).update(is_active=False)
    remember.forget()

    assert hits("发票") == []


def test_no_lists_find_nothing():
    assert words.match(["发票", ""]) == [[], []]


def test_the_latest_version_counts_and_the_earlier_ones_stay():
    found = a_list("发票")
    a_list("彩票")
    a_list("彩票", " 彩票 ", "")

    assert hits("发票") == []
    assert hits("彩票") == [("彩票", "reject", "彩票")]
    assert [one.words for one in found.versions.order_by("number")] == [["发票"], ["彩票"]]


@pytest.mark.parametrize("word", ["***", "。", "x" * 81, "\u200b!"])
def test_what_could_never_be_found_is_no_word(word):
    with pytest.raises(words.WordInvalid):
        a_list(word)


def test_lists_are_read_once_a_second(django_assert_num_queries):
    a_list("发票")

    with django_assert_num_queries(2):
        words.match(["a"])
    with django_assert_num_queries(0):
        words.match(["b", "c"])
    remember.forget()
    with django_assert_num_queries(1):
        words.match(["the lists have not changed"])


@given(st.text(st.characters(exclude_categories=()), max_size=60))
def test_whatever_is_typed_is_read(text):
    for hit in words._Compiled([("a1", (0, "", "reject", "")), ("票", (0, "", "tag", ""))]).hits(
        text
    ):
        assert 0 <= hit.start < hit.end <= len(text)


def test_a_name_of_a_variable_is_no_word_and_none_reaches_across_one():
    a_list("发票", "vx")

    assert words.in_body("开发${vx}票") == []


def test_a_refused_word_stops_a_submission_and_a_doubtful_one_wants_two_people():
    a_list("发票")
    a_list("贷款", level="review", name="doubtful")
    a_list("活动", level="tag", name="marks")
    account = factories.AccountFactory()

    with pytest.raises(Invalid) as refusal:
        review.submit_template(
            template=create(account, TemplateFields("n", "notice", "发票已开")), by="u", now=NOW
        )
    item = review.submit_template(
        template=create(account, TemplateFields("n", "notice", "贷款活动已到账")), by="u", now=NOW
    )

    assert [one.code for one in refusal.value.errors] == ["word_refused"]
    assert item.needs_two
    assert item.facts["words"] == "贷款, 活动"


def test_an_author_never_learns_what_is_only_marked():
    a_list("活动", level="tag")

    checked = checking.check(wording=notice("活动开始"), market="china")

    assert checked.findings == []
    assert [hit.word for hit in checked.hits] == ["活动"]


def test_a_trial_run_tells_what_would_have_been_caught():
    account = factories.AccountFactory()
    caught = create(account, TemplateFields("n", "notice", "发 票已开"))
    create(account, TemplateFields("n", "notice", "您好"))

    (one,) = words.try_out(words=["发票"])

    assert one.version.template == caught
    assert not WordListVersion.objects.exists()


def test_staff_keep_the_lists_and_each_save_is_a_version(client):
    client.force_login(factories.UserFactory(staff=True))
    form = {"name": "ours", "level": "reject", "words": "发票\n彩票\n", "is_active": "on"}
    empty = {"versions-TOTAL_FORMS": 0, "versions-INITIAL_FORMS": 0}

    client.post(reverse("admin:templates_app_wordlist_add"), form | empty)
    made = WordList.objects.get()
    edit = reverse("admin:templates_app_wordlist_change", args=[made.pk])
    assert "发票\n彩票" in client.get(edit).content.decode()
    client.post(edit, form | empty | {"words": "彩票"})

    assert words.current(made) == ["彩票"]
    assert made.versions.count() == 2
    wrong = client.post(edit, form | empty | {"words": "***"})
    assert "cannot be a word" in wrong.content.decode()


def test_staff_try_words_out_before_they_keep_them(client):
    client.force_login(factories.UserFactory(staff=True))
    found = a_list("发票")
    create(factories.AccountFactory(), TemplateFields("n", "notice", "发 票已开"))
    page = reverse("admin:templates_app_wordlist_try")

    assert "发票" in client.get(page, {"list": found.pk}).content.decode()
    assert "发 票已开" in client.post(page, {"words": "发票"}).content.decode()
    assert "发 票已开" not in client.post(page, {"words": "彩票"}).content.decode()


def test_a_new_platform_has_a_sample_and_says_so():
    import_module("templates_app.migrations.0004_sample_word_lists").seed(apps, None)
    remember.forget()

    assert all(
        name.startswith("Sample") for name in WordList.objects.values_list("name", flat=True)
    )
    assert [level for _word, level, _text in hits("专业 代开发票 加薇信")] == ["reject", "review"]


def test_a_long_list_is_exact():
    a_list(*(f"词{n}号" for n in range(5_000)))

    assert hits("有词4999号在此") == [("词4999号", "reject", "词4999号")]
