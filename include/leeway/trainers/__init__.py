"""How models are fitted, saved and loaded: scikit-learn, torch, and the trivial baseline."""
