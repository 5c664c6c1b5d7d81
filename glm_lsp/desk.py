"""What a question needs besides the text: the model, the key, the rules, the usage log. One per session or command."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from glm_lsp.errors import Failed, Withheld
from glm_lsp.model.client import Model
from glm_lsp.model.endpoint import Endpoint, Key, Timeouts, origin
from glm_lsp.prompt.redactor import Redactor
from glm_lsp.state import keys, place, refused, replies, usage

if TYPE_CHECKING:
    from pathlib import Path

    from glm_lsp.model.events import Attempt
    from glm_lsp.model.transport import Transport
    from glm_lsp.settings import Settings


_log = logging.getLogger(__name__)


class Desk:
    """Its methods touch disk, the keyring or other processes, and do so in threads.

    `nonce` marks regions and data in prompts: fixed for the session, so that prompts stay cacheable.
    """

    def __init__(self, environ: Mapping[str, str], transport: Transport | None = None) -> None:
        self._environ = environ
        self._state: Path | None = None
        self.model = Model(transport)
        self.redactor = Redactor()
        self.nonce = secrets.token_hex(4)

    async def endpoint(self, settings: Settings, model: str = "") -> Endpoint:
        """Where to ask, with the key that belongs there. `model`: another than the settings say.

        Errors: NoKey.
        """
        return await asyncio.to_thread(self._endpoint, settings, model)

    async def check_limit(self, settings: Settings) -> None:
        """Errors: Withheld if today's tokens have reached `usage.daily_tokens`."""
        limit = settings.usage.daily_tokens
        if limit is None:
            return
        spent = await asyncio.to_thread(lambda: usage.tokens_today(self.state))
        if spent >= limit:
            raise Withheld(
                f"Today's limit is reached: {spent:,} of {limit:,} tokens.", "Raise usage.daily_tokens, or wait a day."
            )

    async def record(self, attempt: Attempt, action: str, endpoint: Endpoint) -> None:
        """Writes one row of the usage log, and remembers a parameter the server refused. A log that cannot be written
        is no reason to lose an answer."""
        try:
            await asyncio.to_thread(self._record, attempt, action, endpoint)
        except Failed as error:
            _log.warning("%s", error)

    async def keep_reply(self, text: str) -> Path:
        return await asyncio.to_thread(lambda: replies.keep_reply(self.state, text))

    async def keep_explanation(self, title: str, markdown: str) -> Path:
        return await asyncio.to_thread(lambda: replies.keep_explanation(self.state, title, markdown))

    async def keep_diff(self, diff: str) -> Path:
        return await asyncio.to_thread(lambda: replies.keep_diff(self.state, diff))

    @property
    def state(self) -> Path:
        """The state directory. Call it off the event loop: it may have to be made."""
        if self._state is None:
            self._state = place.root(self._environ)
        return self._state

    async def close(self) -> None:
        await self.model.aclose()

    def _endpoint(self, settings: Settings, model: str) -> Endpoint:
        key = keys.key_for(settings, self._environ)
        wanted = settings.endpoint
        seconds = wanted.timeouts
        return Endpoint(
            base_url=wanted.base_url,
            model=model or wanted.model,
            key=Key(key.value) if key is not None else Key(),
            thinking_dialect=wanted.thinking_dialect,
            headers=wanted.headers,
            proxy=wanted.proxy or "",
            ca_file=str(wanted.ca_file or ""),
            timeouts=Timeouts(
                seconds.connect, seconds.first_byte, seconds.first_byte_thinking, seconds.idle, seconds.total
            ),
            refused_parameters=refused.parameters(self.state, origin(wanted.base_url)),
        )

    def _record(self, attempt: Attempt, action: str, endpoint: Endpoint) -> None:
        if attempt.dropped:
            refused.remember(self.state, endpoint.origin, attempt.dropped)
        used = attempt.usage
        usage.record(
            self.state,
            usage.Row(
                at=time.time(),
                action=action,
                origin=endpoint.origin,
                model=attempt.model or endpoint.model,
                status=attempt.status,
                outcome=attempt.outcome,
                seconds=attempt.seconds,
                first_token=attempt.first_token,
                prompt=used.prompt if used else 0,
                completion=used.completion if used else 0,
                cached=used.cached if used else 0,
                reasoning=used.reasoning if used else 0,
            ),
        )
