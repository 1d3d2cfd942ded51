"""Classification heads: Flax modules that map features to `Outputs`."""

from adrjax._extras import needs_extra as _needs_extra
from adrjax._public import export as _export

with _needs_extra(__name__, "models"):
    from adrjax.heads._all_gather import all_gather as all_gather
    from adrjax.heads._centers import CenterOutputs as CenterOutputs
    from adrjax.heads._centers import Centers as Centers
    from adrjax.heads._classifier import Classifier as Classifier
    from adrjax.heads._cosine import Cosine as Cosine
    from adrjax.heads._embedding import Embedding as Embedding
    from adrjax.heads._fixed import Fixed as Fixed
    from adrjax.heads._linear import Linear as Linear
    from adrjax.heads._projection import Projection as Projection
    from adrjax.heads._projection import ProjectionOutputs as ProjectionOutputs
    from adrjax.heads._sharded_cosine import ShardedCosine as ShardedCosine
    from adrjax.heads._shards import labels_on_shard as labels_on_shard
    from adrjax.heads._shards import sample_classes as sample_classes
    from adrjax.heads._with_dtype import with_dtype as with_dtype

_export(__name__)
