"""What several test files share: the bundled site, served."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fake_site import FakeSite


@pytest.fixture
def city() -> Iterator[FakeSite]:
    """The bundled site of 120 documents on a port of its own; its address is `city.base_url`."""
    site = FakeSite()
    with site.serve():
        yield site
