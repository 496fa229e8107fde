"""A word that stops is obeyed however it is written, and no sentence is taken for one."""

import pytest

from smsplatform.core.text import keywords, received
from smsplatform.core.text.keywords import Meaning


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("STOP", "US"),
        ("stop", "CN"),
        (" Stop. ", "GB"),
        ("\u201cSTOP\u201d", "US"),
        ("ＳＴＯＰ", "JP"),
        ("opt-out", "US"),
        ("UNSUBSCRIBE!", "CN"),
        ("R", "CN"),
        ("r", "CN"),
        ("Ｒ", "CN"),
        ("　ＴＤ\u200b", "CN"),
        ("T", "CN"),
        ("tn", "CN"),
        ("N", "CN"),
        ("退订", "CN"),
        ("【退订】", "CN"),
        ("拒收。", "CN"),
        ("取消訂閱", "HK"),
        ("ARRÊT", "CA"),
    ],
)
def test_a_word_that_stops_is_known(text, country):
    assert keywords.meaning(text, country=country) is Meaning.STOP


@pytest.mark.parametrize(
    ("text", "country", "meaning"),
    [
        ("StopAll", "US", Meaning.STOP_ALL),
        ("全部退订", "CN", Meaning.STOP_ALL),
        ("START", "US", Meaning.START),
        ("unstop", "CN", Meaning.START),
        ("HELP", "GB", Meaning.HELP),
        ("帮助", "CN", Meaning.HELP),
    ],
)
def test_other_words_mean_something_else(text, country, meaning):
    assert keywords.meaning(text, country=country) is meaning


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("", "CN"),
        ("...", "CN"),
        ("please stop", "US"),
        ("STOP NOW", "US"),
        ("我不想退订", "CN"),
        ("R", "US"),
        ("N", "GB"),
        ("退订", "US"),
        ("arret", "FR"),
        ("STOP " * 50, "US"),
        ("stop\0x", "US"),
    ],
)
def test_a_text_that_is_more_than_the_word_means_nothing(text, country):
    assert keywords.meaning(text, country=country) is None


def test_every_word_of_the_table_is_written_as_it_is_looked_up():
    for row in keywords.TABLE:
        for word in row.words.split():
            assert keywords.normalised(word) == word
            assert len(word) <= keywords.LONGEST


@pytest.mark.parametrize(
    ("content", "alphabet", "text"),
    [
        ("退订".encode("utf-16-be"), received.UCS2, "退订"),
        ("退订".encode("gb18030"), received.GB18030, "退订"),
        (b"\x00STOP", received.GSM7, "@STOP"),
        (b"caf\xe9", received.GSM7, "café"),
        (b"caf\xe9", received.LATIN1, "café"),
        (b"\xd8\x00", received.UCS2, "\ufffd"),
        (b"\xff", received.UTF8, "\ufffd"),
        (b"a\0b", received.LATIN1, "ab"),
    ],
)
def test_strangers_bytes_become_a_text_that_can_be_stored(content, alphabet, text):
    assert received.read(content, alphabet) == text
