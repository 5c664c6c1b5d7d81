"""The offline stand-in: a real HTTP server on loopback that speaks the same API and answers by rules, with no model."""
