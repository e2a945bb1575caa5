"""How good a model is, whether another is better, and whether it may serve."""
