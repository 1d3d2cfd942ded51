"""ADR, Table 3 (and GSC, Table 1): CIFAR-10 with AlexNet and ConvMixer.

    python -m experiments.adr.table3                          # every row, three seeds
    python -m experiments.adr.table3 --rows ADR --seeds 1     # the rows that match
    python -m experiments.adr.table3 --smoke                  # two steps of every row

Only GSC's Table 1 prints the weight and tau of each regularizer, and neither paper prints epochs,
batch size, learning rate or the variant of AlexNet. AlexNet is trained here as in the public code
that has this network (github.com/bearpaw/pytorch-classification: 164 epochs, a tenth of the rate
after 81 and 122), with that code's rate for networks without batch normalization; ConvMixer as in
github.com/locuslab/convmixer-cifar10 for 25 epochs, but augmented by crops and flips only.

ADR's numbers are those of its preprint, whose rows were trained with GSC's function and not with
ADR's Eq. (4). So "GSC form" is the row to compare; "Eq. (4)" is the formula that ADR prints.
"""

import jax
import optax

from adrjax import backbones, data, heads
from adrjax.losses import cross_entropy as ce
from adrjax.losses import focal
from adrjax.optimizers import piecewise_linear, sgd, step_decay
from adrjax.regularizers import adr, entropy, gsc
from adrjax.targets import smooth_labels
from experiments.columns import ece, top1, top5
from experiments.rows import Quoted, Recipe, Row
from experiments.table import Table

alexnet = Recipe(
    dataset=data.cifar10(augment=data.augment.pad_crop_flip),
    model=heads.Classifier(backbones.AlexNet(), heads.Linear(10)),
    batch_size=128,
    epochs=164,  # not in the paper
    optimizer=lambda steps: sgd(
        step_decay(0.01, at=[81 * steps // 164, 122 * steps // 164]),
        momentum=0.9,
        weight_decay=5e-4,
    ),
)
convmixer = Recipe(
    dataset=alexnet.dataset,
    model=heads.Classifier(
        backbones.ConvMixer(dim=256, depth=8, kernel=5, patch=2, axis_name="batch"),
        heads.Linear(10),
    ),
    batch_size=512,
    epochs=25,  # not in the paper
    optimizer=lambda steps: optax.adamw(
        piecewise_linear(
            [0, 2 * steps // 5, 4 * steps // 5, steps], [0, 0.01, 0.0005, 0]
        ),
        weight_decay=0.01,
    ),
)


def ls(y: jax.Array) -> jax.Array:
    return smooth_labels(y, num_classes=10, alpha=0.1)


# fmt: off
TABLE = Table(
    name="adr.table3",
    doc=__doc__,
    needs="CIFAR-10; 30 networks of 25 to 164 epochs: a GPU",
    columns={"top1": top1, "top5": top5, "ECE": ece},
    rows=(
        Quoted("AlexNet CE, Müller et al.", (86.80, None)),
        Quoted("AlexNet LS, Müller et al.", (86.70, None)),
        Row("AlexNet CE", alexnet, ce, (73.33, 98.01)),
        Row("AlexNet CE+Entropy", alexnet, {"base": ce, "regularizer": lambda z, _: 0.02 * entropy(z, normalize=True)}, (74.21, 98.02)),
        Row("AlexNet CE+ADR, GSC form", alexnet, {"base": ce, "regularizer": lambda z, _: 0.05 * gsc(z, top_c=2)}, (77.07, 98.00)),
        Row("AlexNet CE+ADR, Eq. (4)", alexnet, {"base": ce, "regularizer": lambda z, _: 0.05 * adr(z, tau=2)}, (77.07, 98.00)),
        Row("AlexNet LS", alexnet, lambda z, y: ce(z, ls(y)), (76.31, 98.09)),
        Row("AlexNet LS+ADR, GSC form", alexnet, {"base": lambda z, y: ce(z, ls(y)), "regularizer": lambda z, _: 0.03 * gsc(z, top_c=2)}, (77.75, 97.60)),
        Row("AlexNet Focal", alexnet, focal, (75.10, 98.38)),
        Row("AlexNet Focal+ADR, GSC form", alexnet, {"base": focal, "regularizer": lambda z, _: 0.02 * gsc(z, top_c=3)}, (76.28, 98.14)),
        Row("ConvMixer CE", convmixer, ce, (89.79, 99.70)),
        Row("ConvMixer CE+ADR, GSC form", convmixer, {"base": ce, "regularizer": lambda z, _: 0.02 * gsc(z, top_c=3)}, (92.47, 99.78)),
    ),
)
# fmt: on

if __name__ == "__main__":
    TABLE.main()
