"""Definitions and references of the project: kept in SQLite, built in a process of its own, poorer while not ready."""
