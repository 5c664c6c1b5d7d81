"""From a reply to a `Proposal`: placed, verified, minimal, rebased. Pure: no I/O, no asyncio, no editor."""
