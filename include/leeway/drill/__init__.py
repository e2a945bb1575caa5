"""What a model's checks would notice: its own newest window shifted on purpose, and the next comparison of models."""
