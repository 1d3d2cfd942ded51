"""Gaussian score calibration (GSC)."""

import math

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax.regularizers._density import density
from adrjax.regularizers._entropy import entropy
from adrjax.regularizers._top import top_statistic


def gsc(
    logits: ArrayLike,
    *,
    top_c: int = 2,
    mean: ArrayLike = 0.0,
    threshold: ArrayLike | None = None,
    normalize: bool = True,
    stop_uncertainty: bool = False,
    class_axis: str | None = None,
) -> jax.Array:
    r"""Gaussian score calibration (GSC): penalty on uncertain predictions.

    Added to a loss with a small weight, 0.005 to 0.05 in most tables of the paper, it
    separates the `top_c` most likely classes of an example.

    .. math:: f = \frac{1}{(\sqrt{2\pi} \sigma)^{c'}}
        \exp\left\{-\frac{1}{2\sigma^2} \sum_{j \in S} (p_j - \mu)^2\right\}, \qquad
        \sigma = \frac{H(p)}{\log c}, \qquad c' = |S|.

    It rises from the uniform prediction, where its gradient is 0, to a maximum near
    :math:`\sigma = c'^{-1/2}` and falls to 0 from there: minimizing it flattens more
    uncertain predictions and sharpens more certain ones.

    Values are bounded by 1e-5 of the largest number; the gradient is 0 at the bound.

    Args:
        logits: Unnormalized scores, `[..., num_classes]`.
        top_c: The number of classes in S, the most likely ones, in 1..num_classes.
        mean: The mean of the Gaussian, :math:`\mu`.
        threshold: If given, a probability in [0, 1]: S is the most likely class and all
            classes above the threshold, instead of the `top_c` most likely ones.
        normalize: Whether :math:`\sigma` is divided by the largest entropy, Eq. (9), or
            in nats, Eq. (13) and Table 8.
        stop_uncertainty: Whether to stop the gradient through :math:`\sigma`, which
            section 6.2 assumes to be constant.
        class_axis: The device axis over which the classes are split, if any; see
            `heads.ShardedCosine`.

    Returns:
        The penalty of each example, `[...]`.

    Raises:
        TypeError: If the logits are not floating or `top_c` is not an integer.
        ValueError: If `top_c` is outside 1..num_classes, the threshold outside [0, 1],
            there is only one class, or the density would overflow (top_c >= 101 in
            float32).

    Example:
        >>> from adrjax import losses, regularizers
        >>> logits = [2.0, 1.0, 0.0]
        >>> loss = losses.cross_entropy(logits, 0) + 0.05 * regularizers.gsc(logits)
        >>> print(f"{loss:.3f}")
        0.417

    Reference:
        Zhao et al., GSC Loss: A Gaussian Score Calibrating Loss for Deep Learning,
        Eqs. (4), (5) and (9).
    """
    logits = _checks.scores("logits", logits)
    num_classes = _checks.at_least_two_classes(logits, class_axis)
    top_c = _checks.count("top_c", top_c, low=1, high=num_classes)
    mean = _checks.finite("mean", mean, like=logits)
    if threshold is not None:
        threshold = _checks.between("threshold", threshold, 0, 1, like=logits)
    else:
        _checks.density_is_finite("top_c", top_c, 0.5, logits)

    sigma = entropy(logits, normalize=normalize, class_axis=class_axis)
    sigma = jax.lax.stop_gradient(sigma) if stop_uncertainty else sigma
    # Where sigma is smaller, f and all its derivatives are 0 in float32 and float64.
    sigma = jnp.maximum(sigma, 1e-3)
    squares, number = top_statistic("l2", top_c, logits, threshold, mean, class_axis)
    log_normalizer = number * jnp.log(math.sqrt(2 * math.pi) * sigma)
    return density(-squares / (2 * sigma**2) - log_normalizer)
