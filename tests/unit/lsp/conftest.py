from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from protocol_session import Session


@pytest.fixture
async def session(request: pytest.FixtureRequest) -> AsyncIterator[Session]:
    """A session with a server of the kind `request.param`: "mended" (the default) or "plain"."""
    session = Session(getattr(request, "param", "mended"))
    yield session
    await session.end()
