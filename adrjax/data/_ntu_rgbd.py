"""Depth maps of NTU RGB+D."""

from typing import Literal

from adrjax import _checks
from adrjax.data._dataset import Dataset


def ntu_rgbd(
    *, protocol: Literal["cross-subject", "cross-view"] = "cross-subject"
) -> Dataset:
    """NTU RGB+D (depth maps): 56,880 clips of 512 x 424 pixels in 60 actions.

    Cross-subject trains on 20 of 40 people, 40,320 clips, and tests on 16,560 clips.
    Cross-view trains on cameras 2 and 3, 37,920 clips, and tests on camera 1, 18,960
    clips. Both read the same prepared files. An example has `id`, `label` and `frames`,
    PNGs of 16 bits with the depth in millimetres, and `setup`, `camera`, `subject` and
    `repetition` from its name.

    A clip is not a single image. `stream` with the crop `data.RandomClip(224)` for
    training, or `data.MiddleClip(224)` for evaluation, gives clips of uint8
    `[16, 224, 224, 3]` with three consecutive frames as channels;
    `standardize=data.augment.dogv` makes their derivatives in t, y and x of them, the
    other input of ADR's network. The mean 0 and std 1 leave the range 0..1.

    Args:
        protocol: The protocol that decides `train` and `test`.

    Returns:
        The data set, prepared by `python -m adrjax.data ntu_rgbd --manual-dir FOLDER`.
        FOLDER holds one folder a clip, of masked or of whole depth maps:

            S001C001P001R001A001/MDepth-00000001.png

    Reference:
        Shahroudy, Liu, Ng and Wang, NTU RGB+D: A Large Scale Dataset for 3D Human
        Activity Analysis, 2016.
    """
    _checks.one_of("protocol", protocol, ("cross-subject", "cross-view"))
    subject = protocol == "cross-subject"
    return Dataset(
        name="ntu_rgbd",
        num_classes=60,
        shape=None,
        mean=(0.0, 0.0, 0.0),
        std=(1.0, 1.0, 1.0),
        builder="adrjax.data.builders._ntu_rgbd:NtuRgbd",
        files="one folder of PNGs a clip, S001C001P001R001A001 and so on: "
        "nturgb+d_depth_masked or nturgb+d_depth of "
        "https://rose1.ntu.edu.sg/dataset/actionRecognition",
        sizes={"train": 40_320, "test": 16_560}
        if subject
        else {"train": 37_920, "test": 18_960},
        splits={"train": "both+subject", "test": "view+neither"}
        if subject
        else {"train": "both+view", "test": "subject+neither"},
    )
