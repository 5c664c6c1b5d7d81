"""The desk a command asks at, with the offline stand-in beside it where that was asked for by name."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from glm_lsp.desk import Desk
    from glm_lsp.settings import Settings


@asynccontextmanager
async def at_desk(settings: Settings) -> AsyncIterator[tuple[Desk, Settings]]:
    """The desk, and `settings` with the address to ask at."""
    from glm_lsp.desk import Desk
    from glm_lsp.settings import OFFLINE

    desk, stand_in = Desk(os.environ), None
    try:
        if settings.endpoint.base_url == OFFLINE:
            from glm_lsp.offline.server import start

            stand_in = await start()
            endpoint = settings.endpoint.model_copy(update={"base_url": stand_in.url})
            settings = settings.model_copy(update={"endpoint": endpoint})
        yield desk, settings
    finally:
        await desk.close()
        if stand_in is not None:
            await stand_in.close()
