"""Gradient rescaling (GR)."""
