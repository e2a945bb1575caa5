"""What a model's drift checks would notice: its own newest window, split and shifted on purpose."""
