import socket

import pytest


@pytest.fixture
def unused_tcp_port():
    """Bound and never listened on: whoever connects is refused."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]
