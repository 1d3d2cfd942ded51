"""What a network is asked for: labels to distributions over the classes."""

from adrjax.targets._smooth_labels import smooth_labels as smooth_labels
