"""The gain of POD over softmax, which the paper has in brackets in Tables 6, 7 and 8."""

from experiments.harness import Context, Table
from experiments.harness.result import mean

TEST = "test/top1"
LOSSES = ("Softmax", "POD")


def here(context: Context, row: str) -> float | None:
    """Returns the gain of a row, of the means over the seeds; None if one is missing."""
    found = [context.of(row, loss) for loss in LOSSES]
    if not all(found):
        return None
    softmax, pod = (mean([x.last(TEST) for x in results]) for results in found)
    return pod - softmax


def printed(page: Table, row: str) -> float:
    """Returns the gain of a row in the paper."""
    softmax, pod = (float(page.printed[row, loss].text) for loss in LOSSES)
    return pod - softmax


def say(context: Context, page: Table) -> None:
    """Prints the gain of each row, and in brackets the paper's."""
    for row in context.rows:
        gain = here(context, row)
        if gain is not None:
            context.say(f"{row}: POD {gain:+.2f} ({printed(page, row):+.2f})")
