"""Lists the data sets, or prepares one: `python -m adrjax.data cifar10`."""

import pathlib

import tyro

from adrjax import data
from adrjax.data import _prepare, _prepared

DATASETS = (data.digits(), data.cifar10(), data.cifar100())


def main(
    name: tyro.conf.Positional[str | None] = None,
    /,
    *,
    data_dir: pathlib.Path | None = None,
    manual_dir: pathlib.Path | None = None,
) -> None:
    """Prepares a data set for reading without TensorFlow; without a name, lists them.

    Args:
        name: digits, cifar10 or cifar100.
        data_dir: The folder of all prepared data sets. By default that of tfds,
            $TFDS_DATA_DIR or ~/tensorflow_datasets.
        manual_dir: A folder that has the downloaded archive already.
    """
    chosen = [dataset for dataset in DATASETS if dataset.name == name]
    if name is not None and not chosen:
        known = ", ".join(dataset.name for dataset in DATASETS)
        raise SystemExit(f"There is no data set {name!r} here, only {known}.")
    for dataset in chosen:
        if dataset.prepare is not None:
            dataset.prepare(_prepared.root(data_dir))
        else:
            try:
                _prepare.prepare(dataset.name, data_dir, manual_dir)
            except (ModuleNotFoundError, ConnectionError) as error:
                raise SystemExit(str(error)) from error
    print(f"In {_prepared.root(data_dir)}:")
    for dataset in chosen or DATASETS:
        print(f"  {dataset.name:10}{_state(dataset, data_dir)}")


def _state(dataset, data_dir):
    folder = _prepared.find(dataset.name, data_dir)
    if folder is None and dataset.prepare is not None:
        return "not prepared yet, done without network when it is first read"
    if folder is None:
        return f"not prepared: {_prepared.command(dataset.name, data_dir)}"
    if not _prepared.has_array_record(folder):
        return f"prepared as tfrecord only: {_prepared.command(dataset.name, data_dir)}"
    import tensorflow_datasets as tfds

    info = tfds.builder_from_directory(folder).info
    splits = ", ".join(f"{s.num_examples:,} {n}" for n, s in info.splits.items())
    return f"{splits}, {info.dataset_size}, version {info.version}"


if __name__ == "__main__":
    tyro.cli(main, prog="python -m adrjax.data")
