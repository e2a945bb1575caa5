"""What other policies would have brought: a history replayed under many of them at once, from one matrix of scores."""
