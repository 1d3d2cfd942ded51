"""Ways to damage the file of an array."""

import numpy as np

DAMAGES = [
    lambda file: np.save(file, np.load(file)[:100]),
    lambda file: np.save(file, np.array({"a": 1}, object)),
    lambda file: file.write_bytes(b""),
    lambda file: file.write_bytes(file.read_bytes()[:1000]),
    lambda file: file.write_bytes(b"PK"),
    lambda file: file.unlink(),
]
