"""aima-python's learners (PyPI aima3) on folds of a table: aima.py FILE, a JSON object with `rows` (numbers, the class last,
from 0), `folds`, `hidden`, `learning_rate`, `epochs`, `seed`. Prints the accuracy on each held-out fold and the seconds."""

import json
import random
import sys
import time

from aima3.learning import DataSet, NeuralNetLearner, PerceptronLearner

task = json.load(open(sys.argv[1]))
random.seed(task["seed"])
accuracies, start = [], time.perf_counter()
for fold in range(task["folds"]):
    train = [row for index, row in enumerate(task["rows"]) if index % task["folds"] != fold]
    held = [row for index, row in enumerate(task["rows"]) if index % task["folds"] == fold]
    data = DataSet(examples=train, values=None)
    # A class that no training row has would have no output.
    data.values[data.target] = list(range(1 + max(row[-1] for row in task["rows"])))
    rate, epochs = task["learning_rate"], task["epochs"]
    answer = (NeuralNetLearner(data, task["hidden"], rate, epochs) if task["hidden"]
              else PerceptronLearner(data, rate, epochs))
    accuracies.append(sum(answer(row) == row[-1] for row in held) / len(held))
print(json.dumps({"accuracies": accuracies, "seconds": time.perf_counter() - start}))
