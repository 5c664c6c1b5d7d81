"""What a question needs besides the text: the model, its key, tokens for secrets, prices, the usage log. One for each
session or command."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from glm_lsp.errors import Failed, LimitReached, NoKey
from glm_lsp.model.catalogue import ModelInfo, model_info
from glm_lsp.model.client import Model
from glm_lsp.model.endpoint import Endpoint, Key, Timeouts, origin
from glm_lsp.prompt.redactor import Redactor
from glm_lsp.state import keys, models, place, refused, replies, usage

if TYPE_CHECKING:
    from pathlib import Path

    from glm_lsp.model.events import Attempt, Usage
    from glm_lsp.model.transport import Transport
    from glm_lsp.settings import Settings


CATALOGUE_SECONDS = 15.0
"""How long the models endpoint may take when nobody waits for it."""

_log = logging.getLogger(__name__)


class Desk:
    """Its methods touch disk, the keyring or other processes, and do so in threads.

    `nonce` marks regions and data in prompts: fixed for the session, so that prompts stay cacheable. `lasting`: it
    lives long enough to ask for prices in the background, as a command does not.
    """

    def __init__(
        self, environ: Mapping[str, str], transport: Transport | None = None, *, lasting: bool = False
    ) -> None:
        self._environ = environ
        self._lasting = lasting
        self._models: dict[str, Sequence[ModelInfo]] = {}
        self._refreshing: asyncio.Task[None] | None = None
        self._answered_as: set[tuple[str, str]] = set()
        self._complaints: tuple[str, ...] = ()
        self._state: Path | None = None
        self.model = Model(transport)
        self.redactor = Redactor()
        self.nonce = secrets.token_hex(4)

    async def endpoint(self, settings: Settings, model: str = "", *, key_needed: bool = True) -> Endpoint:
        """Where to ask, with the key that belongs there. `model`: another than the settings say. Not `key_needed`: for
        showing a request; where the key is missing, a word that is none stands for it.

        Errors: NoKey.
        """
        return await asyncio.to_thread(self._endpoint, settings, model, key_needed)

    async def check_limit(self, settings: Settings) -> None:
        """Errors: LimitReached if today's tokens have reached `usage.daily_tokens`."""
        limit = settings.usage.daily_tokens
        if limit is None:
            return
        spent = await asyncio.to_thread(lambda: usage.tokens_today(self.state))
        if spent >= limit:
            raise LimitReached(
                f"Today's limit is reached: {spent:,} of {limit:,} tokens.", "Raise usage.daily_tokens, or wait a day."
            )

    async def record(self, attempt: Attempt, action: str, endpoint: Endpoint) -> None:
        """Writes one row of the usage log, and remembers a parameter the server refused. A log that cannot be written
        is no reason to lose an answer."""
        try:
            await asyncio.to_thread(self._record, attempt, action, endpoint)
        except Failed as error:
            _log.warning("%s", error)
        idle = self._refreshing is None or self._refreshing.done()
        # On this machine nobody charges.
        if self._lasting and idle and attempt.outcome == "ok" and not endpoint.is_loopback:
            self._refreshing = asyncio.ensure_future(self._refresh(endpoint))

    async def refuses(self, endpoint: Endpoint, parameter: str) -> None:
        """The server takes no such request parameter: remembered for its origin. Never raises for want of a disk."""
        try:
            await asyncio.to_thread(lambda: refused.remember(self.state, endpoint.origin, parameter))
        except Failed as error:
            _log.warning("%s", error)

    async def cost(self, used: Usage, endpoint: Endpoint) -> float | None:
        """What `used` costs in dollars, by the prices that are known; None without."""
        try:
            return await asyncio.to_thread(self._cost, used, endpoint)
        except Failed:
            return None

    def another_model(self, attempt: Attempt, endpoint: Endpoint) -> str:
        """A sentence, once for each name, if the server answered as another model than was asked for; else nothing."""
        told = (endpoint.origin, attempt.model)
        if attempt.outcome != "ok" or told in self._answered_as or _same(attempt.model, endpoint.model):
            return ""
        self._answered_as.add(told)
        return f"{endpoint.host} answers as the model “{attempt.model}”; “{endpoint.model}” was asked for."

    def complaint(self, complaints: tuple[str, ...]) -> str:
        """One message of `complaints` about ignore rules; nothing if they are what was last complained of."""
        new, self._complaints = complaints != self._complaints, complaints
        if not (new and complaints):
            return ""
        return "\n".join(["Some ignore rules need a look:", *dict.fromkeys(complaints)])

    async def models(self, endpoint: Endpoint) -> Sequence[ModelInfo]:
        """What the models endpoint says now; it is kept, for prices and for a time without a network.

        Errors: those of the model client; Failed if it cannot be kept.
        """
        found = await self.model.models(endpoint)
        await asyncio.to_thread(self._keep_models, endpoint, found)
        return found

    async def kept_models(self, endpoint: Endpoint, *, fresh: bool = False) -> Sequence[ModelInfo]:
        """What the models endpoint said last; nothing if it never did, or, with `fresh`, not within a day."""
        return await asyncio.to_thread(self._kept_models, endpoint, models.FRESH_SECONDS if fresh else None)

    async def keep_reply(self, text: str) -> Path:
        return await asyncio.to_thread(lambda: replies.keep_reply(self.state, text))

    async def keep_explanation(self, title: str, markdown: str) -> Path:
        return await asyncio.to_thread(lambda: replies.keep_explanation(self.state, title, markdown))

    async def keep_diff(self, diff: str) -> Path:
        return await asyncio.to_thread(lambda: replies.keep_diff(self.state, diff))

    @property
    def config(self) -> Path:
        """The user's config directory; it need not exist."""
        from glm_lsp.settings import config_file

        return config_file(self._environ).parent

    @property
    def state(self) -> Path:
        """The state directory. Call it off the event loop: it may have to be made."""
        if self._state is None:
            self._state = place.root(self._environ)
        return self._state

    async def close(self) -> None:
        if self._refreshing is not None:
            self._refreshing.cancel()
            with suppress(asyncio.CancelledError):
                await self._refreshing
        await self.model.aclose()

    def _endpoint(self, settings: Settings, model: str, key_needed: bool) -> Endpoint:
        try:
            found = keys.key_for(settings, self._environ)
            key = Key(found.value) if found is not None else Key()
        except NoKey:
            if key_needed:
                raise
            key = Key(keys.DEFAULT_VARIABLE)
        wanted = settings.endpoint
        seconds = wanted.timeouts
        return Endpoint(
            base_url=wanted.base_url,
            model=model or wanted.model,
            key=key,
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
                cost=self._cost(used, endpoint) if used else None,
            ),
        )

    def _cost(self, used: Usage, endpoint: Endpoint) -> float | None:
        """In dollars, by the prices that are known; None without."""
        if not self._models.get(endpoint.origin):
            self._models[endpoint.origin] = self._kept_models(endpoint, None)
        known = (info.cost(used) for info in self._models[endpoint.origin] if info.id == endpoint.model)
        return next(known, None)

    async def _refresh(self, endpoint: Endpoint) -> None:
        """Asks for the prices, at most once a day. Nobody waits for it, and nothing depends on it."""
        try:
            if await asyncio.to_thread(lambda: models.claim(self.state, endpoint.origin)):
                async with asyncio.timeout(CATALOGUE_SECONDS):
                    await self.models(endpoint)
        except (Failed, TimeoutError) as error:
            _log.info("The prices of %s are not known: %s", endpoint.origin, error)

    def _keep_models(self, endpoint: Endpoint, found: Sequence[ModelInfo]) -> None:
        self._models[endpoint.origin] = found
        # A server may send our own key back, here as anywhere.
        documents = json.loads(endpoint.mask(json.dumps([dict(info.document) for info in found])))
        models.save(self.state, endpoint.origin, documents)

    def _kept_models(self, endpoint: Endpoint, fresh: float | None) -> Sequence[ModelInfo]:
        kept = models.load(self.state, endpoint.origin, fresh=fresh) or ()
        return [info for document in kept if (info := model_info(document)) is not None]


def _same(answered: str, asked: str) -> bool:
    """Whether two names may well mean one model: `zai-org/GLM-5.1` and `zai-org-glm-5-1`. No name tells nothing."""
    one, other = ("".join(filter(str.isalnum, name.partition("@")[0].lower())) for name in (answered, asked))
    return one.endswith(other) or other.endswith(one)
