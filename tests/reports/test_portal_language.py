"""Chinese is complete, and what is compiled is what is written."""

import re
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.template.loader import get_template
from django.utils import translation

from tests.architecture import tree

FOLDER = Path(settings.LOCALE_PATHS[0]) / "zh_Hans" / "LC_MESSAGES"


@pytest.fixture(scope="module")
def written():
    return polib.pofile(str(FOLDER / "django.po"))


def test_every_sentence_has_its_chinese(written):
    missing = [entry.msgid for entry in written if not entry.translated() or entry.fuzzy]

    assert missing == []


def test_sentences_are_marked_by_names_that_are_looked_for():
    """makemessages passes over what it knows by no name."""
    aliases = [
        (tree.relative(path), alias)
        for path in tree.modules()
        for alias in re.findall(r"gettext\w* as (\w+)", path.read_text())
        if alias != "_"
    ]

    assert aliases == []


def test_what_is_filled_into_a_sentence_is_named_alike(written):
    def names(text):
        return set(re.findall(r"%\(\w+\)s|\{\w+\}", text))

    wrong = [
        entry.msgid
        for entry in written
        for said in (entry.msgstr or entry.msgstr_plural.get(0, ""),)
        if not names(said) <= names(entry.msgid + (entry.msgid_plural or ""))
        or names(entry.msgid) - names(said)
    ]

    assert wrong == []


def test_the_compiled_catalogue_is_the_written_one(written):
    compiled = polib.mofile(str(FOLDER / "django.mo"))

    def said(catalogue):
        return {
            (entry.msgctxt, entry.msgid): entry.msgstr or entry.msgstr_plural for entry in catalogue
        }

    assert said(compiled) == said(written)


@pytest.mark.parametrize("code", [400, 403, 404, 500, 503])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_an_error_page_needs_no_context(code, language):
    with translation.override(language):
        assert "<h" in get_template(f"{code}.html").render()
