"""What computes a model's outputs."""
