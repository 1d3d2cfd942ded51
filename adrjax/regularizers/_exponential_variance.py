"""Exponential variance, ADR with another uncertainty."""

import jax
from jax.typing import ArrayLike

from adrjax.regularizers._adr import Form, adr


def exponential_variance(
    logits: ArrayLike, *, tau: int = 2, form: Form = "eq4"
) -> jax.Array:
    r"""Exponential variance: ADR with the variance instead of the entropy.

    The paper plots it for two classes at tau = 2 and prefers the entropy, because the
    gradient of this one falls faster with certainty.

    .. math:: F = \frac{1}{(\sqrt{2\pi} V)^\tau}
        \exp\left\{-\frac{T}{2V}\right\}, \qquad
        T = \|\mathrm{TopK}(p, \tau)\|_2^2,

    where V is `variance`. It is `adr` with `uncertainty="variance"`, which has the
    other options.

    Args:
        logits: Unnormalized scores, `[..., num_classes]`.
        tau: The number of similar classes, in 1..num_classes.
        form: The normalizer of the exponential, as in `adr`.

    Returns:
        The penalty of each example, `[...]`.

    Raises:
        TypeError: If the logits are not floating or `tau` is not an integer.
        ValueError: If `tau` is outside 1..num_classes, the form is unknown, there is
            only one class, or "eq4" would overflow (tau >= 38 in float32).

    Example:
        >>> from adrjax import regularizers
        >>> print(f"{regularizers.exponential_variance([2.0, 1.0, 0.0]):.3f}")
        0.210

    Reference:
        Zhao et al., Adaptive Discriminative Regularization for Visual Classification,
        Fig. 4 (c).
    """
    return adr(logits, tau=tau, form=form, uncertainty="variance")
