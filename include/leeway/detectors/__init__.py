"""What is looked for in a window: drift of inputs and predictions, broken quality, worse performance."""
