"""The cosine head with classes split over devices."""

import functools

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike, DTypeLike

from adrjax import _checks
from adrjax._base import Outputs
from adrjax.heads._features import check_features
from adrjax.heads._products import cosines
from adrjax.heads._shards import classes_per_shard


class ShardedCosine(nn.Module):
    """Model-parallel `Cosine`: each device has the weights of its own classes only.

    The head runs inside `jax.shard_map` or `jax.pmap`. No device ever computes the
    cosines of all classes: `margins` take the device's cosines with the labels of
    `labels_on_shard`, and losses with a `class_axis` reduce over the devices.

    The parameters are those of `Cosine`. Outside of the map, `init` returns the weights
    of all classes, and `PartitionSpec("classes")` splits them. A checkpoint can be
    restored on any number of devices, and into `Cosine`.

    Batch split over two devices, and classes over four:

        mesh = jax.make_mesh((2, 4), ("batch", "classes"))
        rows, split = P("classes"), P("batch")  # P is jax.sharding.PartitionSpec
        head = heads.ShardedCosine(num_classes, "classes")

        def loss(params, features, labels):
            cosines = head.apply({"params": params}, features).logits
            here = heads.labels_on_shard(
                labels, num_classes=num_classes, axis_name="classes"
            )
            logits = margins.arcface(cosines, here)
            values = losses.cross_entropy(logits, here, class_axis="classes")
            return jax.lax.pmean(values.mean(), "batch")

        step = jax.shard_map(
            jax.value_and_grad(loss),
            mesh=mesh,
            in_specs=(rows, split, split),
            out_specs=(P(), rows),
        )
        params = head.init(key, features)["params"]
        params = jax.device_put(params, NamedSharding(mesh, rows))
        features, labels = jax.device_put(
            (features, labels), NamedSharding(mesh, split)
        )
        value, gradient = jax.jit(step)(params, features, labels)

    The mean over the batch axis belongs inside the loss: under the default of
    `shard_map`, `check_vma=True`, the gradient by weights that do not vary over the
    batch axis comes summed over it. Under `check_vma=False` and `jax.pmap` it does not:
    take the mean of the gradient by the weights over the batch axis instead. Neither
    needs a mean over the axis of the classes.

    Place all arrays on the mesh first, as above: `init` returns arrays on one device,
    which the map refuses if the axes of the mesh are explicit, the default of
    `jax.make_mesh`.

    If the batch is split over the axis of the classes too, `all_gather` features and
    labels first.

    Attributes:
        num_classes: The number of classes on all devices together.
        axis_name: The device axis that the classes are split over.
        dtype: The precision of features and weights in the products, as in `Cosine`.
    """

    num_classes: int
    axis_name: str
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(
        self, features: ArrayLike, *, classes: ArrayLike | None = None
    ) -> Outputs:
        """Returns the features unchanged, and the cosines of this device's classes.

        Args:
            features: The output of a backbone, `[..., num_features]`, the same on all
                devices along `axis_name`. So is the gradient by the features, which is
                a sum over all classes. Features of `jax.lax.all_gather` would sum it
                once more; `heads.all_gather` does not.
            classes: Classes of this device to compute, int `[num_sampled]`, from
                `sample_classes`; None for all.

        Returns:
            The features and float32 cosines, `[..., num_classes / devices]` or
            `[..., num_sampled]`.

        Raises:
            TypeError: If the features are not floating, or `num_classes` is not an
                integer.
            ValueError: If the features have no axis, `num_classes` is below 1, or the
                devices do not divide the classes.
        """
        features = check_features(features)
        if self.is_initializing():
            num_rows = _checks.count("num_classes", self.num_classes, low=1)
        else:
            num_rows = classes_per_shard(self.num_classes, self.axis_name)
        weights = self.param(
            "weights", nn.initializers.normal(0.01), (num_rows, features.shape[-1])
        )
        if self.is_initializing():
            return Outputs(features, cosines(features, weights, self.dtype))
        if classes is not None:
            weights = weights[jnp.asarray(classes)]
        varying: jax.Array = _pvary(features, self.axis_name)
        return Outputs(features, cosines(varying, weights, self.dtype))


# A rule of its own because each device has the gradient by its own classes only.
# Autodiff sums these under shard_map with check_vma=True, but not without, nor under
# pmap.
@functools.partial(jax.custom_vjp, nondiff_argnums=(1,))
def _pvary(features: jax.Array, axis_name: str) -> jax.Array:
    return jax.lax.pcast(features, axis_name, to="varying")


def _fwd(features, axis_name):
    return _pvary(features, axis_name), None


def _bwd(axis_name, _, cotangent):
    return (jax.lax.psum(cotangent, axis_name),)


_pvary.defvjp(_fwd, _bwd)
