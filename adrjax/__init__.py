"""Discriminative losses for visual classification."""

from adrjax._base import Outputs as Outputs
from adrjax._base import StatefulLoss as StatefulLoss
from adrjax._base import add as add
from adrjax._base import stateless as stateless
