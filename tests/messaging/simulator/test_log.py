import pytest

from messaging.simulator import journals, log
from messaging.simulator.log import AppendOnly, Submission


def submission(text="hello"):
    return Submission(1.5, "smpp", "demo", "8613800138000", text, receipts=[(3.5, "DELIVRD", "0")])


@pytest.mark.parametrize("text", ["hello", "验证码 “1”\n\\", "\U0001f600", "half \ud83d", "\0\x1f"])
def test_a_submission_reads_as_it_was_written(text):
    assert log.from_line(log.to_line(submission(text))) == submission(text)


def test_a_torn_last_line_is_not_read(tmp_path):
    path = tmp_path / "submissions.log"
    whole = log.to_line(submission())
    path.write_bytes(whole * 2 + whole[:-5])

    assert log.read_submissions(path) == [submission()] * 2


@pytest.mark.parametrize("kept", [0, 2])
@pytest.mark.parametrize("torn", [b'{"time":1', b"x" * 200_000])
def test_a_torn_last_line_is_cut_before_the_next_is_written(tmp_path, kept, torn):
    path = tmp_path / "submissions.log"
    path.write_bytes(log.to_line(submission()) * kept + torn)

    writer = AppendOnly(path)
    writer.write(log.to_line(submission("next")))
    writer.close()

    assert log.read_submissions(path) == [submission()] * kept + [submission("next")]


def test_a_log_that_does_not_exist_yet_is_empty(tmp_path):
    assert log.read_submissions(tmp_path / "submissions.log") == []


def test_a_program_follows_the_log_from_where_it_stopped(tmp_path):
    path = tmp_path / "submissions.log"
    path.write_bytes(b"".join(log.to_line(submission(str(number))) for number in range(5)))

    first, after = journals.page(path, {"after": "0", "limit": "3"})
    second, end = journals.page(path, {"after": str(after)})

    assert [facts["text"] for facts in first + second] == list("01234")
    assert journals.page(path, {"after": str(end)}) == ([], end)


def test_a_program_that_asks_from_inside_a_line_gets_the_next_ones(tmp_path):
    path = tmp_path / "submissions.log"
    path.write_bytes(b"".join(log.to_line(submission(str(number))) for number in range(2)))

    found, _ = journals.page(path, {"after": "7"})

    assert [facts["text"] for facts in found] == ["1"]
