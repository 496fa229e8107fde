"""The database must keep what it has confirmed."""

import pytest
from django.core.checks import Error

from smsplatform import checks


@pytest.mark.django_db
def test_a_server_that_may_forget_is_an_error() -> None:
    """The tests' own server runs without fsync."""
    found = checks.check_server_keeps_what_it_said(None, databases=["default"])

    assert {problem.id for problem in found if isinstance(problem, Error)} == {"smsplatform.E005"}
    assert any("fsync off" in problem.msg for problem in found)


def test_nothing_is_asked_where_no_database_is_named() -> None:
    assert checks.check_server_keeps_what_it_said(None, databases=None) == []
