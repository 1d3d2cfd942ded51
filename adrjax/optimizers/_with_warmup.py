"""A warm-up before any schedule."""

from jax.typing import ArrayLike
import optax


def with_warmup(
    schedule: optax.Schedule, *, steps: int, start: ArrayLike = 0.0
) -> optax.Schedule:
    """Lets the rate rise in a straight line to where a schedule starts.

    The schedule starts at its own step 0 when the warm-up is over, so that its length
    is that of the run less `steps`, and where it drops is counted from there.

    Args:
        schedule: What follows.
        steps: How many steps the warm-up takes.
        start: The rate of step 0.

    Returns:
        The schedule of both.
    """
    rise = optax.linear_schedule(start, schedule(0), steps)
    return optax.join_schedules([rise, schedule], [steps])
