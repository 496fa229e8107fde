"""A taken port is told before anything starts, with the setting that changes it."""

import errno
import socket

from smsplatform.platform.errors import PlatformError


def check_port_free(port: int, variable: str, host: str = "127.0.0.1") -> None:
    """`variable` is the setting's name, for the sentence."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # Connections that a former server left in TIME_WAIT do not count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except (OSError, OverflowError) as error:
            raise PlatformError(_sentence(port, variable, error)) from error


def _sentence(port: int, variable: str, error: Exception) -> str:
    reason = getattr(error, "errno", None)
    if reason == errno.EADDRINUSE:
        return f"Port {port} is taken; set {variable} to another one."
    if reason == errno.EACCES:
        return f"Port {port} is reserved for root; set {variable} to one above 1023."
    return f"Port {port} cannot be used ({error}); set {variable} to another one."
