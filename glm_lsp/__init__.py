"""glm-lsp: GLM 5.1 behind the code-action menu of every editor. See ARCHITECTURE.md for the map."""

__version__ = "0.1.0"
