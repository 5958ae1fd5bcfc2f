"""Which addresses are on the public internet, and what is shown of them."""

import pytest

from biodatamine_core.addresses import is_public, shown


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_addresses_on_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("127.0.0.1", id="loopback"),
        pytest.param("127.255.1.2", id="the rest of loopback"),
        pytest.param("0.0.0.0", id="unspecified"),
        pytest.param("10.1.2.3", id="private 10"),
        pytest.param("172.31.0.1", id="private 172"),
        pytest.param("192.168.1.1", id="private 192"),
        pytest.param("100.64.0.1", id="carrier NAT"),
        pytest.param("100.100.100.200", id="metadata of Alibaba"),
        pytest.param("169.254.169.254", id="metadata"),
        pytest.param("168.63.129.16", id="metadata of Azure"),
        pytest.param("192.0.0.192", id="metadata of Oracle"),
        pytest.param("224.0.0.1", id="multicast"),
        pytest.param("240.0.0.1", id="reserved"),
        pytest.param("255.255.255.255", id="broadcast"),
        pytest.param("203.0.113.9", id="documentation"),
        pytest.param("::", id="v6 unspecified"),
        pytest.param("::1", id="v6 loopback"),
        pytest.param("fe80::1", id="v6 link-local"),
        pytest.param("fe80::1%1", id="v6 link-local with scope"),
        pytest.param("fc00::1", id="v6 unique local"),
        pytest.param("fd00:ec2::254", id="v6 metadata of Amazon"),
        pytest.param("fec0::1", id="v6 site-local"),
        pytest.param("ff02::1", id="v6 multicast"),
        pytest.param("2001:db8::1", id="v6 documentation"),
        pytest.param("::ffff:127.0.0.1", id="mapped loopback"),
        pytest.param("::ffff:169.254.169.254", id="mapped metadata"),
        pytest.param("::127.0.0.1", id="compatible loopback"),
        pytest.param("64:ff9b::7f00:1", id="NAT64 loopback"),
        pytest.param("64:ff9b:1::a9fe:a9fe", id="local NAT64 metadata"),
        pytest.param("2002:7f00:1::", id="6to4 loopback"),
        pytest.param("2001:0:4136:e378:8000:63bf:80ff:fffe", id="Teredo loopback"),
    ],
)
def test_addresses_inside_a_network_are_not_public(address: str) -> None:
    assert not is_public(address)


def test_an_address_is_shown_without_its_secrets() -> None:
    assert shown("https://ana:geheim@h.org:8443/a/b.zip?X-Amz-Signature=1#x") == "https://h.org:8443/a/b.zip"
