"""What a test uploads is gone with the test."""

import pytest


@pytest.fixture(autouse=True)
def _private(settings, tmp_path):
    settings.PRIVATE_DIR = tmp_path / "private"
