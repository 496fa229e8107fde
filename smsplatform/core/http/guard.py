"""What a URL must look like before anything of ours calls it: at save and at every delivery."""

import re
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from smsplatform.core.http import names, networks
from smsplatform.core.http.errors import UrlRefused

MAX_URL_CHARACTERS = 2048

# Below 1024 only 443: the rest are services that never meant to speak HTTP. Above it customers
# choose freely, except where databases, queues, remote control and our own SMPP listen.
FIRST_FREE_PORT = 1024
REFUSED_PORTS = frozenset(
    {1433, 1434, 1521, 2049, 2181, 2375, 2376, 2379, 2380, 2775, 3050, 3306, 3389, 3690}
    | {4369, 5432, 5433, 5671, 5672, 5900, 5984, 5985, 5986, 6000, 6379, 6380, 6432, 6443}
    | {7000, 7001, 8500, 9042, 9092, 9160, 9200, 9300, 10250, 10255, 11211, 15672, 16379, 25672}
    | {26379, 27017, 27018, 27019, 33060, 50000}
)

SHAPE = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<userinfo>[^/?#]*@)?"
    r"(?P<host>\[[0-9a-f:.]+\]|[^/?#:@\[\]]+)"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<rest>[/?][^#]*)?(?:#.*)?",
    re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Target:
    """`url` is rebuilt from the parts that were checked, so no second parser reads another host."""

    url: str
    host: str  # lower-case ASCII, IPv6 without brackets: what `allowed` is compared with
    port: int


def check_url(
    url: str,
    *,
    allowed: frozenset[tuple[str, int]],
    own_names: frozenset[str] = frozenset(),
) -> Target:
    """Raises UrlRefused. `allowed` opens exact (host, port) pairs, and lets them speak plain HTTP.

    `own_names` are our public names: a webhook to ourselves would go around every limit. What a
    name resolves to is not looked at here; that is the resolver's, at the moment of connecting.
    """
    _check_text(url)
    parts = _split(url)
    scheme, host = parts["scheme"].lower(), _host(parts["host"])
    port = int(parts["port"] or (443 if scheme == "https" else 80))
    if (host, port) not in allowed:
        _check_scheme_and_port(scheme, port)
        _check_host(host, own_names)
    return Target(url=_rebuilt(parts, scheme, host), host=host, port=port)


def _check_text(url: str) -> None:
    if len(url) > MAX_URL_CHARACTERS:
        raise UrlRefused("url_too_long", f"The URL is longer than {MAX_URL_CHARACTERS} characters.")
    # isprintable: no controls, no line separators, no invisible or right-to-left marks.
    if not url.isprintable() or " " in url or "\\" in url:
        raise UrlRefused("url_characters", "The URL contains a character that does not belong.")


def _split(url: str) -> dict[str, str]:
    if url.partition(":")[0].lower() not in {"http", "https"}:
        raise UrlRefused("url_scheme", "The URL must begin with https://.")
    match = SHAPE.fullmatch(url)
    if match is None:
        raise UrlRefused("url_malformed", "The URL is not complete.")
    parts = match.groupdict(default="")
    if parts["userinfo"]:
        raise UrlRefused("url_userinfo", "The URL must not contain a user name or password.")
    return parts


def _host(text: str) -> str:
    if not text.startswith("["):
        return names.to_ascii(text)
    try:
        return IPv6Address(text[1:-1]).compressed
    except ValueError:
        raise UrlRefused("url_host", "The host is not a valid address.") from None


def _check_scheme_and_port(scheme: str, port: int) -> None:
    if scheme != "https":
        raise UrlRefused("url_scheme", "The URL must begin with https://.")
    is_free = FIRST_FREE_PORT <= port <= 65535 and port not in REFUSED_PORTS
    if port != 443 and not is_free:
        raise UrlRefused("url_port", f"Port {port} cannot be used.")


def _check_host(host: str, own_names: frozenset[str]) -> None:
    if ":" in host or names.looks_numeric(host):
        _check_literal(host)
        return
    names.check_name(host)
    if host in own_names:
        raise UrlRefused("url_host", "The URL points back to this platform.")


def _check_literal(host: str) -> None:
    try:
        ip_address(host)
    except ValueError:
        raise UrlRefused("url_host", "The host is not a valid address.") from None
    if networks.is_denied(host):
        raise UrlRefused("url_address", "The host is not a public address.")


def _rebuilt(parts: dict[str, str], scheme: str, host: str) -> str:
    bracketed = f"[{host}]" if ":" in host else host
    port = f":{parts['port']}" if parts["port"] else ""
    return f"{scheme}://{bracketed}{port}{parts['rest'] or '/'}"
