"""Which web addresses and which IP addresses we go to, and how an address may be shown."""

import ipaddress
from urllib.parse import urlsplit

from biodatamine_core.errors import AddressRefused

_GLOBAL_UNICAST_V6 = ipaddress.IPv6Network("2000::/3")  # RFC 4291, 2.4: all that is assigned to hosts on the internet
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: the last four bytes are the IPv4 address that is reached
_NOT_FOR_US = (
    ipaddress.IPv4Network("168.63.129.16/32"),  # Azure's platform address looks public and is not
    ipaddress.IPv4Network("192.0.0.0/24"),  # RFC 6890, IETF protocol assignments; a metadata service at Oracle
    ipaddress.IPv4Network("192.88.99.0/24"),  # RFC 7526, the former 6to4 relays
)


def is_public(address: str) -> bool:
    """Whether an IP address belongs to a host on the public internet, also where IPv6 wraps an IPv4 address.

    Not public: private, shared, loopback, link-local (cloud metadata lives there), multicast, reserved.
    """
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            return is_public(str(ip.ipv4_mapped))
        if ip in _NAT64:
            return is_public(str(ipaddress.IPv4Address(ip.packed[-4:])))
        wrapped = [ip.sixtofour, *(ip.teredo or ())]
        return ip in _GLOBAL_UNICAST_V6 and ip.is_global and all(is_public(str(inner)) for inner in wrapped if inner)
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or any(ip in network for network in _NOT_FOR_US))


def shown(url: str) -> str:
    """The address as it may be shown: without query (signed links carry secrets there), user, password, fragment."""
    try:
        parts = urlsplit(url)
    except ValueError:  # nobody can tell where a password in it would end
        return "what is no address"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def refuse_unfit(url: str) -> None:
    """Refuse what is no plain http or https address, before anything is resolved."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # a port that is no number shows only when it is asked for
    except ValueError as error:
        raise AddressRefused("This is not a valid address; paste it again, whole.") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise AddressRefused(f'{shown(url)} is no web address; only "http" and "https" are fetched.')
    if "@" in parts.netloc:
        raise AddressRefused(f"{shown(url)} came with a user name or password inside; paste it without them.")
