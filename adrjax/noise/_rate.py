"""Rates of noise as Python numbers."""

from jax.typing import ArrayLike

from adrjax import _checks


def known_rate(rate: ArrayLike) -> float:
    """Returns a rate in [0, 1] whose value must be known while tracing.

    A rate of half or single precision is read as the decimal that it prints:
    `jnp.float32(0.9)` is 0.9 and not 0.8999999762, whose `int(rate * n)` is too small.
    """
    value = _checks.values(rate)
    if value is None:
        raise TypeError(
            "rate must be known while tracing, got a traced one: make it a static "
            "argument of jax.jit"
        )
    if value.shape:
        raise ValueError(f"rate must be one number, got shape {value.shape}")
    if not 0 <= value <= 1:
        raise ValueError(f"rate must be in [0, 1], got {rate}")
    return float(str(value[()])) if value.dtype.kind == "f" else float(value)
