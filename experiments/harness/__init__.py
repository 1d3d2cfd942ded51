"""The harness of the experiments: a page is data, and one runner trains all of them.

Recipe, Data            what a network is trained with, except for the loss
Method, Quoted          what is minimized, with its settings by name
Run                     one network: a recipe, a method and a seed
Classification, ...     what a network is measured by
Table, Cell, Best       a table of a paper
Figure                  a figure of a paper
main                    the command line of a page
"""

from experiments.harness import plots as plots
from experiments.harness.evaluation import Classification as Classification
from experiments.harness.evaluation import Evaluation as Evaluation
from experiments.harness.evaluation import Features as Features
from experiments.harness.evaluation import Metric as Metric
from experiments.harness.figure import Context as Context
from experiments.harness.figure import Figure as Figure
from experiments.harness.method import Method as Method
from experiments.harness.method import Quoted as Quoted
from experiments.harness.page import main as main
from experiments.harness.recipe import Data as Data
from experiments.harness.recipe import Epochs as Epochs
from experiments.harness.recipe import FromFile as FromFile
from experiments.harness.recipe import FromRun as FromRun
from experiments.harness.recipe import Recipe as Recipe
from experiments.harness.recipe import Scratch as Scratch
from experiments.harness.recipe import Steps as Steps
from experiments.harness.retrieval import Retrieval as Retrieval
from experiments.harness.run import Run as Run
from experiments.harness.table import Best as Best
from experiments.harness.table import Cell as Cell
from experiments.harness.table import Table as Table
from experiments.harness.verification import Verification as Verification
from experiments.harness.verification import Verifications as Verifications
