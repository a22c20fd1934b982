"""Who sent a request, so that nobody takes the places of others: an address, also behind proxies that may tell it."""

import ipaddress
from collections.abc import Mapping
from typing import Any

PEER = "radio_archive_peer"
"""The key under which `connections.with_peer` keeps who opened a connection, before a header may say otherwise."""
SITE_BITS = 64
"""Leading bits of an IPv6 address that one customer has (RFC 6177, 2): the others, everybody may choose."""
LONGEST = 64
"""Characters of what stands in place of an address, at most."""


def client_of(scope: Mapping[str, Any], proxies: int) -> str:
    """Return the address of the client of an ASGI request, an IPv6 one as its network; empty if it is not known.

    Each of so many `proxies` has added whom it was asked by to the header X-Forwarded-For. What stands before that, the
    client itself may have written, so it does not count; without proxies, nothing of the header does.
    """
    found = scope.get(PEER) or scope.get("client")
    client = str(found[0]) if found else ""
    if proxies > 0:
        sent = b",".join(value for name, value in scope.get("headers", ()) if name == b"x-forwarded-for")
        passed = [one.strip() for one in sent.decode("latin-1").split(",")]
        if len(passed) >= proxies:
            client = passed[-proxies] or client
    return _normal(client)


def _normal(text: str) -> str:
    # Some proxies add the port: 192.0.2.1:4711, [2001:db8::1]:4711.
    bare = text.partition(":")[0] if text.count(":") == 1 else text.removeprefix("[").partition("]")[0]
    try:
        address = ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        return text[:LONGEST]
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, SITE_BITS), strict=False))
