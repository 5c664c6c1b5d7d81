"""What outlives the process: keys, trust, usage, kept replies. Modes, locks and crash-safety in one place."""
