"""The networks nothing of ours may call on a stranger's behalf.

`ipaddress.is_global` is not used: on Python 3.11.7 it holds `::127.0.0.1`, `2002:7f00:1::`,
`64:ff9b::7f00:1`, `fec0::1`, `ff02::1`, `224.0.0.1` and `192.0.0.9` to be global.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

DENIED_V4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # "this host": Linux connects 0.0.0.0 to loopback
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT; a cloud's metadata lives at 100.100.100.200
        "127.0.0.0/8",
        "168.63.129.16/32",  # a cloud's host agent, behind a public-looking address
        "169.254.0.0/16",  # link-local; metadata at 169.254.169.254
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",  # reserved, and broadcast at its end
    )
)

# Global unicast is 2000::/3 and nothing else, so the first three lines deny `::`, `::1`, 100::/64,
# 64:ff9b:1::/48, fc00::/7, fe80::/10, fec0::/10, ff00::/8 and whatever is reserved later.
DENIED_V6 = tuple(
    IPv6Network(network)
    for network in (
        "::/3",
        "4000::/2",
        "8000::/1",
        "2001::/23",  # protocol assignments: Teredo, benchmarking, ORCHID
        "2001:db8::/32",
        "2620:4f:8000::/48",
        "3fff::/20",  # documentation, RFC 9637
    )
)

# Where an IPv6 address carries an IPv4 one: (network, bits to the right of it).
# Local-use NAT64 (64:ff9b:1::/48) and Teredo are denied whole instead: no public endpoint is there.
CARRIERS_OF_V4 = (
    (IPv6Network("::ffff:0:0/96"), 0),  # IPv4-mapped
    (IPv6Network("::/96"), 0),  # IPv4-compatible
    (IPv6Network("64:ff9b::/96"), 0),  # NAT64: what DNS64 answers on an IPv6-only machine
    (IPv6Network("2002::/16"), 80),  # 6to4
)


def is_denied(address: str) -> bool:
    """Text that is no address, or one with a zone (`fe80::1%eth0`), is denied too."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return True
    if isinstance(parsed, IPv6Address):
        if parsed.scope_id is not None:
            return True
        parsed = _unwrap(parsed)
    denied = DENIED_V4 if isinstance(parsed, IPv4Address) else DENIED_V6
    return any(parsed in network for network in denied)


def _unwrap(address: IPv6Address) -> IPv4Address | IPv6Address:
    for network, shift in CARRIERS_OF_V4:
        if address in network:
            return IPv4Address(int(address) >> shift & 0xFFFF_FFFF)
    return address
