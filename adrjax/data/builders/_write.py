"""Running one of these builders."""

import contextlib
import io
import pathlib

import tensorflow_datasets as tfds

from adrjax.data.builders._files import inside


def write(
    builder: type[tfds.core.GeneratorBasedBuilder | tfds.core.ShardBasedBuilder],
    data_dir: pathlib.Path,
    manual_dir: pathlib.Path | None = None,
) -> None:
    """Writes a data set as array_record files.

    Several processes may do so at once: each writes its own folder, and the first to
    rename it wins. A process that fails leaves nothing behind.

    Args:
        builder: A builder class.
        data_dir: The folder of all prepared data sets.
        manual_dir: The folder of the files as they are distributed, if the builder
            needs any.

    Raises:
        FileNotFoundError: If a file or folder that the builder needs is missing.
        ValueError: If a file is damaged, or a split would be empty.
        OSError: If the examples cannot be written, as on a full disk.
    """
    if manual_dir is not None and not any(inside(manual_dir).iterdir()):
        raise FileNotFoundError(f"{manual_dir} is empty")
    made = builder(data_dir=data_dir, file_format="array_record")
    info_file = pathlib.Path(made.data_path) / "dataset_info.json"
    config = tfds.download.DownloadConfig(manual_dir=manual_dir)
    silence = io.StringIO()  # tfds announces a download of unknown size
    try:
        with contextlib.redirect_stdout(silence), contextlib.redirect_stderr(silence):
            made.download_and_prepare(download_config=config)
    except OSError:
        if not info_file.exists():
            raise
    except RuntimeError as error:  # array_record's, for a full disk
        raise OSError(f"{builder.name} cannot be written: {error}") from error
    except AssertionError as error:  # tfds's, for a split without examples
        raise ValueError(
            f"{builder.name} cannot be prepared from {manual_dir}: {error}"
        ) from error
    if not info_file.exists():  # tfds does nothing if the folder exists
        raise FileNotFoundError(
            f"{info_file} is missing\nRemove its folder and prepare the data set again."
        )
