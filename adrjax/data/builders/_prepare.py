"""Preparing a data set by a builder of ours."""

import contextlib
import io
import os

import tensorflow_datasets as tfds

from adrjax.data import _prepared


def prepare(
    builder: type[tfds.core.GeneratorBasedBuilder | tfds.core.ShardBasedBuilder],
    data_dir: str | os.PathLike | None = None,
    manual_dir: str | os.PathLike | None = None,
) -> None:
    """Writes a data set as array_record files, unless it is there.

    Several processes may do so at once: each writes a folder of its own, and the first
    to rename it wins. One that fails leaves nothing behind.

    Args:
        builder: A class of this package.
        data_dir: The folder of all prepared data sets; None for that of tfds.
        manual_dir: The folder of the files as they are distributed, for a builder that
            wants them.

    Raises:
        FileNotFoundError: If a file or folder that the builder wants is not there.
        ValueError: If a file is not what it should be.
    """
    made = builder(data_dir=_prepared.root(data_dir), file_format="array_record")
    config = tfds.download.DownloadConfig(manual_dir=manual_dir)
    chatter = io.StringIO()  # tfds announces a download of unknown size; there is none
    try:
        with contextlib.redirect_stdout(chatter), contextlib.redirect_stderr(chatter):
            made.download_and_prepare(download_config=config)
    except OSError:
        if _prepared.find(made.name, data_dir) is None:
            raise
