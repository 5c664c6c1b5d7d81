"""A byte-exact server, a clock that stands still, and a watch over the key in everything that comes out."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

import pytest
from conversation import KEY, Conversation, Log, Pieces, shapes_of
from fault_server import FaultServer
from stopped_clock import StoppedClock

from glm_lsp.model.client import Model


@pytest.fixture
async def server() -> AsyncIterator[FaultServer]:
    server = FaultServer()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def pieces() -> Pieces:
    return Pieces()


@pytest.fixture
async def user(server: FaultServer, pieces: Pieces, capfd: pytest.CaptureFixture[str]) -> AsyncIterator[Conversation]:
    """A user who asks. Afterwards: the next question is answered well, and the key is in no message, event, log or
    output."""
    clock, log = StoppedClock(), Log()
    logging.getLogger().addHandler(log)
    level = logging.getLogger().level
    logging.getLogger().setLevel(logging.DEBUG)
    try:
        async with Model(pieces, clock, uniform=lambda: 0.5) as model:
            user = Conversation(server, clock, model)
            yield user
            server.plan.clear()
            after = await user.ask()
            assert after.reply == "fine"
    finally:
        logging.getLogger().removeHandler(log)
        logging.getLogger().setLevel(level)
    captured = capfd.readouterr()
    visible = "\n".join([user.show(), *log.lines, captured.out, captured.err])
    for shape in shapes_of(KEY):
        assert shape not in visible
