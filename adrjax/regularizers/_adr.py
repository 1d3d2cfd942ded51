"""Adaptive discriminative regularization (ADR)."""

import math
from typing import Literal

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax._devices import axis_size, psum
from adrjax.regularizers._density import density
from adrjax.regularizers._entropy import entropy
from adrjax.regularizers._top import Statistic, top_statistic
from adrjax.regularizers._variance import variance

Form = Literal["eq4", "eq14", "kernel"]


def adr(
    logits: ArrayLike,
    *,
    tau: int = 2,
    form: Form = "eq4",
    threshold: ArrayLike | None = None,
    scope: Literal["sample", "batch"] = "sample",
    uncertainty: Literal["entropy", "variance"] = "entropy",
    statistic: Statistic = "l2",
    stop_uncertainty: bool = False,
    axis_name: str | None = None,
    class_axis: str | None = None,
) -> jax.Array:
    r"""Adaptive discriminative regularization (ADR): penalty on uncertain predictions.

    Added to a loss with a small weight, 0.005 to 0.05 in most tables of the paper, it
    separates the `tau` most likely classes of an example.

    .. math:: F = \frac{1}{(\sqrt{2\pi} \phi)^\tau}
        \exp\left\{-\frac{T}{2\phi}\right\}, \qquad
        \phi = \frac{H(p)}{\log c}, \qquad T = \|\mathrm{TopK}(p, \tau)\|_2^2.

    Minimizing it does not sharpen every prediction. F rises from the uniform
    prediction, where its gradient is 0, to a maximum at :math:`\phi = T / 2\tau` and
    falls to 0 from there: more uncertain predictions are flattened, more certain ones
    sharpened. `form="kernel"` and `stop_uncertainty=True` sharpen everywhere.

    Values are bounded by 1e-5 of the largest number; the gradient is 0 at the bound.

    Args:
        logits: Unnormalized scores, `[..., num_classes]`.
        tau: The number of similar classes, in 1..num_classes.
        form: The normalizer, the divisor of the exponential: for "eq4"
            :math:`(\sqrt{2\pi} \phi)^\tau`, printed in Eqs. (4), (7), (10) and (11);
            for "eq14" :math:`(2\pi\phi)^{\tau/2}`, the density whose derivative is
            given in Eqs. (8) and (14) to (16); for "kernel" 1. `gsc` computes "eq14" of
            :math:`\phi^2`.
        threshold: If given, a probability in [0, 1]: the most likely class and all
            classes above the threshold replace the `tau` most likely ones, and their
            number replaces `tau`.
        scope: "sample" for the uncertainty of each example, as in Eqs. (3), (7) and
            (8); "batch" for its mean over the batch, as Eq. (4) is printed.
        uncertainty: Whether :math:`\phi` is the normalized "entropy" or "variance".
        statistic: Whether T is the sum of squares, "l2", or the sum, "l1".
        stop_uncertainty: Whether to stop the gradient through :math:`\phi`.
        axis_name: The device axis over which the batch is split, for `scope="batch"`.
        class_axis: The device axis over which the classes are split, if any; see
            `heads.ShardedCosine`.

    Returns:
        The penalty of each example, `[...]`.

    Raises:
        TypeError: If the logits are not floating or `tau` is not an integer.
        ValueError: If `tau` is outside 1..num_classes, the threshold outside [0, 1], an
            option is unknown, there is only one class, or "eq4" would overflow
            (tau >= 38 in float32).

    Example:
        >>> from adrjax import losses, regularizers
        >>> logits = [2.0, 1.0, 0.0]
        >>> loss = losses.cross_entropy(logits, 0) + 0.05 * regularizers.adr(logits)
        >>> print(f"{loss:.3f}")
        0.418

    Reference:
        Zhao et al., Adaptive Discriminative Regularization for Visual Classification,
        Eq. (4).
    """
    logits = _checks.scores("logits", logits)
    num_classes = _checks.at_least_two_classes(logits, class_axis)
    tau = _checks.count("tau", tau, low=1, high=num_classes)
    _checks.one_of("form", form, ("eq4", "eq14", "kernel"))
    _checks.one_of("scope", scope, ("sample", "batch"))
    _checks.one_of("uncertainty", uncertainty, ("entropy", "variance"))
    _checks.one_of("statistic", statistic, ("l2", "l1"))
    if threshold is not None:
        threshold = _checks.between("threshold", threshold, 0, 1, like=logits)
    elif form != "kernel":
        _checks.density_is_finite("tau", tau, {"eq4": 1, "eq14": 0.5}[form], logits)

    phi = (
        entropy(logits, normalize=True, class_axis=class_axis)
        if uncertainty == "entropy"
        else variance(logits, class_axis=class_axis)
    )
    if scope == "batch":
        phi = psum(jnp.mean(phi), axis_name) / axis_size(axis_name)
    phi = jax.lax.stop_gradient(phi) if stop_uncertainty else phi
    # Where phi is smaller, F and all its derivatives are 0 in float32 and float64.
    phi = jnp.maximum(phi, 1e-6)
    t, n = top_statistic(statistic, tau, logits, threshold, 0.0, class_axis)
    log_normalizer = {
        "eq4": n * jnp.log(math.sqrt(2 * math.pi) * phi),
        "eq14": n / 2 * jnp.log(2 * math.pi * phi),
        "kernel": 0.0,
    }[form]
    return density(-t / (2 * phi) - log_normalizer)
