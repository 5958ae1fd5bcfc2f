"""Fixtures that tests of several rooms use."""

from collections.abc import Iterator

import pytest

from tests.servers import Site, serving


@pytest.fixture
def http_site() -> Iterator[Site]:
    """A real HTTP server on loopback: `url = http_site.serve("/d01.zip", data)`."""
    with serving() as site:
        yield site
