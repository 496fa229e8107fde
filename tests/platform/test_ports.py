import socket

import pytest

from smsplatform.platform.errors import PlatformError
from smsplatform.platform.ports import check_port_free


def test_a_taken_port_names_the_setting_that_changes_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(PlatformError) as refused:
            check_port_free(port, "WEB_PORT")

    assert str(refused.value) == f"Port {port} is taken; set WEB_PORT to another one."


def test_a_port_taken_on_all_addresses_is_taken_here_too() -> None:
    with socket.create_server(("", 0)) as taken, pytest.raises(PlatformError, match="is taken"):
        check_port_free(taken.getsockname()[1], "WEB_PORT")


def test_a_free_port_is_fine_even_right_after_its_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as used:
        address = used.getsockname()
        client = socket.create_connection(address)
        used.accept()[0].close()  # the server's side closes first: TIME_WAIT stays with it
        client.close()

    check_port_free(address[1], "WEB_PORT")


def test_a_number_that_is_no_port_is_told_as_such() -> None:
    with pytest.raises(PlatformError, match="set SMPP_PORT"):
        check_port_free(70_000, "SMPP_PORT")
