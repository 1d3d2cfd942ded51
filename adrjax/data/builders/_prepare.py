"""Preparing a data set by a builder of ours."""

import contextlib
import io
import os
import pathlib

import tensorflow_datasets as tfds

from adrjax.data import _prepared
from adrjax.data.builders._files import inside


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
        ValueError: If a file is not what it should be, or a split would be empty.
        OSError: If the examples cannot be written, as on a full disk.
    """
    if _prepared.find(builder.name, data_dir) is not None:
        return
    if builder.MANUAL_DOWNLOAD_INSTRUCTIONS is not None:
        if manual_dir is None:
            raise FileNotFoundError(
                f"Preparing {builder.name} wants a manual_dir (--manual-dir) that "
                f"holds {builder.MANUAL_DOWNLOAD_INSTRUCTIONS}."
            )
        inside(pathlib.Path(manual_dir))
    made = builder(data_dir=_prepared.root(data_dir), file_format="array_record")
    config = tfds.download.DownloadConfig(manual_dir=manual_dir)
    chatter = io.StringIO()  # tfds announces a download of unknown size; there is none
    try:
        with contextlib.redirect_stdout(chatter), contextlib.redirect_stderr(chatter):
            made.download_and_prepare(download_config=config)
    except OSError:
        if _prepared.find(builder.name, data_dir) is None:
            raise
    except RuntimeError as error:  # array_record's, for a full disk
        raise OSError(f"{builder.name} cannot be written: {error}") from error
    except AssertionError as error:  # tfds's, for a split without examples
        raise ValueError(
            f"{builder.name} cannot be prepared from {manual_dir}: {error}"
        ) from error
