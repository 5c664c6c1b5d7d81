"""The model's text → blocks. Pure, incremental; knows no file, never raises on text."""
