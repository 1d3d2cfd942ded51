"""The compute precision of a whole network."""

import dataclasses
from typing import Any, TypeVar

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import DTypeLike

Network = TypeVar("Network", bound=nn.Module)


def with_dtype(network: Network, dtype: DTypeLike) -> Network:
    """A network that computes in another precision; its parameters stay the same.

    It sets the field `dtype` of every part: backbone, neck and head of a `Classifier`,
    the layers of an `nn.Sequential`, and modules in fields of other modules. Functions
    such as `nn.relu` compute in the precision of their input.

    Args:
        network: A module, as before `init`.
        dtype: The precision, such as `jnp.bfloat16`.

    Returns:
        A copy of the network. The logits of the heads stay float32.

    Raises:
        TypeError: If a part has neither a field `dtype` nor parts.

    Example:
        >>> from adrjax import backbones, heads
        >>> import jax.numpy as jnp
        >>> model = heads.Classifier(backbones.AlexNet(), heads.Cosine(10))
        >>> half = heads.with_dtype(model, jnp.bfloat16)
        >>> half.backbone.dtype.__name__, half.head.dtype.__name__
        ('bfloat16', 'bfloat16')
    """
    fields = {
        field.name: getattr(network, field.name)
        for field in dataclasses.fields(network)
        if field.name not in ("parent", "name")
    }
    new: dict[str, Any] = {
        name: jax.tree.map(
            lambda part: with_dtype(part, dtype) if _is_module(part) else part,
            value,
            is_leaf=_is_module,
        )
        for name, value in fields.items()
        if any(map(_is_module, jax.tree.leaves(value, is_leaf=_is_module)))
    }
    if "dtype" in fields:
        new["dtype"] = dtype
    if not new:
        raise TypeError(
            f"{type(network).__name__} must have a field `dtype`, or modules as "
            f"fields, to compute in {jnp.dtype(dtype)}: give it `dtype: "
            "jax.typing.DTypeLike` and pass that to its layers"
        )
    return network.clone(**new)


def _is_module(x: Any) -> bool:
    return isinstance(x, nn.Module)
