"""Lists the data sets, or prepares one: `python -m adrjax.data cifar10`."""

import dataclasses
import pathlib
import textwrap

import tyro

from adrjax.data import _prepared
from adrjax.data._catalogue import catalogue
from adrjax.data._contact_sheet import contact_sheet as draw
from adrjax.data._dataset import Dataset
from adrjax.data._pairs import Pairs


def main(
    name: tyro.conf.Positional[str | None] = None,
    /,
    *,
    data_dir: pathlib.Path | None = None,
    manual_dir: pathlib.Path | None = None,
    contact_sheet: pathlib.Path | None = None,
    split: str = "train",
) -> None:
    """Prepares a data set for reading without TensorFlow; without a name, lists them.

    Args:
        name: A data set of the list.
        data_dir: The folder of all prepared data sets. The default is the folder of
            tfds, $TFDS_DATA_DIR or ~/tensorflow_datasets.
        manual_dir: A folder of the files that the data set is made from.
        contact_sheet: A PNG file to draw 64 images of a split in, with their labels.
        split: The split that is drawn.
    """
    if name is None:
        print(f"In {_prepared.root(data_dir)}:")
        for known, dataset in catalogue().items():
            print(f"  {known:21}{_state(known, dataset, data_dir)}")
        return
    dataset = _find(name)
    try:
        dataset.prepare(data_dir, manual_dir)
        print(f"In {_prepared.root(data_dir)}:")
        print(f"  {name:21}{_state(name, dataset, data_dir)}")
        if contact_sheet is not None:
            draw(dataset, split, contact_sheet, data_dir)
    except (ModuleNotFoundError, OSError, ValueError) as error:
        raise SystemExit(str(error)) from error


def _find(name: str) -> Dataset | Pairs:
    base, _, configuration = name.partition("/")
    known = catalogue()
    if base not in known:
        raise SystemExit(
            f"There is no data set {name!r}; the data sets are {', '.join(known)}."
        )
    dataset = known[base]
    return dataclasses.replace(dataset, name=name) if configuration else dataset


def _state(name: str, dataset: Dataset | Pairs, data_dir: pathlib.Path | None) -> str:
    folder = _prepared.find(dataset.name, data_dir)
    if folder is None and dataset.files is not None:
        needed = f"not prepared; --manual-dir must hold {dataset.files}"
        lines = textwrap.wrap(
            needed, 68, break_on_hyphens=False, break_long_words=False
        )
        return f"\n{'':23}".join(lines)
    if folder is None and dataset.builder is not None:
        return "not prepared yet; prepared without network when it is first read"
    if folder is None:
        return f"not prepared: {_prepared.command(name, data_dir)}"
    try:
        if not _prepared.has_array_record(folder):
            return f"prepared as tfrecord only: {_prepared.command(name, data_dir)}"
        info = _prepared.builder_from(folder).info
    except ValueError as error:
        return f"broken: {str(error).splitlines()[0]}"
    counts = [
        _count(dataset, split, data_dir, {*info.splits}) for split in dataset.sizes
    ]
    return ", ".join([*counts, str(info.dataset_size), f"version {info.version}"])


def _count(
    dataset: Dataset | Pairs,
    split: str,
    data_dir: pathlib.Path | None,
    prepared: set[str],
) -> str:
    full = dataset.sizes[split]
    if not {*dataset.splits.get(split, split).split("+")} <= prepared:
        return f"no {split}"
    try:
        n = len(dataset.examples(split, data_dir))
    except (OSError, ValueError) as error:
        return f"broken {split}: {str(error).splitlines()[0]}"
    return f"{n:,} {split}" if n == full else f"{n:,} of {full:,} {split}"


if __name__ == "__main__":
    tyro.cli(main, prog="python -m adrjax.data")
