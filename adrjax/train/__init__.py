"""Training: state, step, checkpoints and the loop."""

from adrjax._extras import needs_extra as _needs_extra
from adrjax._public import export as _export

with _needs_extra(__name__, "experiments"):
    from adrjax.train._checkpoint import Checkpoints as Checkpoints
    from adrjax.train._errors import ArgumentError as ArgumentError
    from adrjax.train._errors import CheckpointError as CheckpointError
    from adrjax.train._errors import Error as Error
    from adrjax.train._errors import Interrupted as Interrupted
    from adrjax.train._errors import InUseError as InUseError
    from adrjax.train._errors import MismatchError as MismatchError
    from adrjax.train._errors import MissingPackageError as MissingPackageError
    from adrjax.train._errors import MissingRunError as MissingRunError
    from adrjax.train._errors import NonFiniteLossError as NonFiniteLossError
    from adrjax.train._errors import WorkdirError as WorkdirError
    from adrjax.train._files import read_config as read_config
    from adrjax.train._files import read_history as read_history
    from adrjax.train._files import read_provenance as read_provenance
    from adrjax.train._fit import Result as Result
    from adrjax.train._fit import fit as fit
    from adrjax.train._network import Evaluator as Evaluator
    from adrjax.train._network import Examples as Examples
    from adrjax.train._network import Network as Network
    from adrjax.train._network import Predictions as Predictions
    from adrjax.train._network import Views as Views
    from adrjax.train._objective import Parts as Parts
    from adrjax.train._objective import objective as objective
    from adrjax.train._parallel import Parallel as Parallel
    from adrjax.train._parallel import parallel_eval as parallel_eval
    from adrjax.train._parallel import parallel_train as parallel_train
    from adrjax.train._parallel import replicate as replicate
    from adrjax.train._profile import Profile as Profile
    from adrjax.train._programs import Programs as Programs
    from adrjax.train._programs import input_shape as input_shape
    from adrjax.train._programs import programs as programs
    from adrjax.train._progress import Progress as Progress
    from adrjax.train._restore import Restored as Restored
    from adrjax.train._restore import restore_variables as restore_variables
    from adrjax.train._state import Totals as Totals
    from adrjax.train._state import TrainState as TrainState
    from adrjax.train._state import create_state as create_state
    from adrjax.train._state import eval_variables as eval_variables
    from adrjax.train._step import train_step as train_step
    from adrjax.train._task import Evaluation as Evaluation
    from adrjax.train._task import Machine as Machine
    from adrjax.train._task import Task as Task
    from adrjax.train._tensorboard import TensorBoard as TensorBoard
    from adrjax.train._wandb import WandB as WandB
    from adrjax.train._watchers import Run as Run
    from adrjax.train._watchers import Watcher as Watcher
    from adrjax.train._workdir import is_in_use as is_in_use

_export(__name__)
