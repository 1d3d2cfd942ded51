"""Losses of the features, before any logits.

They take `(features, labels)` or pairs of features, and return one value for each
example, `[...]`, or for the batch, `[]`, if their docstring says so.
"""

from adrjax._public import export as _export
from adrjax.embeddings._barlow_twins import barlow_twins as barlow_twins
from adrjax.embeddings._batch_triplet import batch_triplet as batch_triplet
from adrjax.embeddings._center import center as center
from adrjax.embeddings._circle import circle as circle
from adrjax.embeddings._contrastive import contrastive as contrastive
from adrjax.embeddings._cosine import cosine as cosine
from adrjax.embeddings._feature_incay import feature_incay as feature_incay
from adrjax.embeddings._include_exclude import include_exclude as include_exclude
from adrjax.embeddings._nac import nac as nac
from adrjax.embeddings._norm_adaptive_cosine import (
    norm_adaptive_cosine as norm_adaptive_cosine,
)
from adrjax.embeddings._orthogonality import orthogonality as orthogonality
from adrjax.embeddings._pedcc import pedcc as pedcc
from adrjax.embeddings._pedcc_mse import pedcc_mse as pedcc_mse
from adrjax.embeddings._pod import pod as pod
from adrjax.embeddings._running_center import running_center as running_center
from adrjax.embeddings._self_correlation import self_correlation as self_correlation
from adrjax.embeddings._triplet import triplet as triplet
from adrjax.embeddings._update_centers import update_centers as update_centers
from adrjax.embeddings._vicreg import vicreg as vicreg

_export(__name__)
