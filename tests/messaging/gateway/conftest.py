import pytest

from smsplatform.core import remember
from tests.messaging.gateway.running import Town


@pytest.fixture
def build(transactional_db, tmp_path, settings):
    """A town with the carrier as the test wants it."""
    towns = []
    settings.OUTGOING_EXCEPTIONS = frozenset()

    def build(**carrier):
        towns.append(Town(tmp_path / "simulator", **carrier))
        return towns[-1]

    yield build
    for town in towns:
        town.close()
    remember.forget()


@pytest.fixture
def town(build):
    return build()
