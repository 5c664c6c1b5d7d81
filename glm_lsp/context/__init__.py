"""What the model should know: gather, rank, fit the budget."""
