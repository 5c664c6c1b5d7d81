"""GLM 5.1 over an OpenAI-compatible API: typed messages in, typed events out. Knows no file, no editor, no secret."""
