"""The fixture that runs each test on both engines."""

import pytest

from tools.testbed import ENGINES


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """Each engine in turn."""
    return str(request.param)
