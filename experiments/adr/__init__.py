"""Adaptive discriminative regularization (ADR), and GSC, its preprint."""
