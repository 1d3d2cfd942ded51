"""Exponential variance, the other candidate for ADR."""

import jax
from jax.typing import ArrayLike

from adrjax.regularizers._adr import Form, adr


def exponential_variance(
    logits: ArrayLike, *, tau: int = 2, form: Form = "eq4"
) -> jax.Array:
    r"""ADR whose uncertainty is the variance of the prediction, not its entropy.

    .. math:: F = \frac{1}{(\sqrt{2\pi} V)^\tau}
        \exp\left\{-\frac{T}{2V}\right\}, \qquad
        T = \|\mathrm{TopK}(p, \tau)\|_2^2,

    with V of `variance`. It is `adr` with `uncertainty="variance"`, which has the other
    options. The paper draws it for two classes, tau = 2, and prefers the entropy, since
    this one's slope falls faster with certainty.

    Args:
        logits: Unnormalised scores, `[..., num_classes]`.
        tau: The number of similar classes, in 1..num_classes.
        form: What to divide the exponential by, as in `adr`.

    Returns:
        The penalty of each example, `[...]`.

    Raises:
        TypeError: If the logits are not floating or `tau` is no whole number.
        ValueError: If `tau` is outside 1..num_classes, the form is unknown, there is
            only one class, or "eq4" would overflow (tau >= 38 in float32).

    Reference:
        Zhao et al., Adaptive Discriminative Regularization for Visual Classification,
        Fig. 4 (c).
    """
    return adr(logits, tau=tau, form=form, uncertainty="variance")
