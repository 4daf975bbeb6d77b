"""Beside the workloads: cascade-correlation beside FANN's, aima-python's learners beside the same networks, and a sweep's
runs side by side beside the same runs one after another."""

import json
import math
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import mean, median

from contenders import BUILD, FOLDER, PEER_PYTHON, PROGRAMS
from report import table

SEEDS = [1, 2, 3, 4, 5]


def nnkit(*arguments, folder):
    """Runs a command quietly; answers its seconds."""
    start = time.perf_counter()
    subprocess.run([PROGRAMS / "nnkit", *map(str, arguments), "--quiet"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


# MARK: Cascade-correlation

def spirals():
    """The two spirals of Lang and Witbrock, 1988: 97 points each."""
    rows = []
    for i in range(97):
        angle, radius = i * math.pi / 16, 6.5 * (104 - i) / 104
        x, y = radius * math.sin(angle), radius * math.cos(angle)
        rows += [(x, y, 1), (-x, -y, 0)]
    return rows


def parity(bits):
    rows = [[number >> bit & 1 for bit in range(bits)] for number in range(1 << bits)]
    return [(*row, sum(row) % 2) for row in rows]


def fann_cascade(rows, neurons, seed, folder):
    """Neurons, epochs, mean squared error and outputs that are off, when FANN first had none off or as many neurons."""
    program, source = BUILD / "fann_cascade", FOLDER / "peers/fann_cascade.c"
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        if subprocess.run(["cc", "-O2", source, "-o", program, "-ldoublefann", "-lm"]).returncode:
            print("FANN is left out: `apt install libfann-dev` has it", file=sys.stderr)
            return None
    path = Path(folder) / "fann.data"
    path.write_text(f"{len(rows)} {len(rows[0]) - 1} 1\n"
                    + "".join(" ".join(map(str, row[:-1])) + f"\n{row[-1]}\n" for row in rows))
    start = time.perf_counter()
    lines = subprocess.run([program, path, str(neurons), str(seed)], check=True, capture_output=True, text=True).stdout
    seconds = time.perf_counter() - start
    found = [line.split() for line in lines.splitlines() if not line.startswith("end")][-1]
    return int(found[0]), float(found[1]), int(found[2]), seconds


def nnkit_cascade(rows, neurons, seed, loss, folder):
    """The same of nnkit; its mean squared error is measured afterwards."""
    path = Path(folder) / "data.csv"
    path.write_text(",".join(f"x{i}" for i in range(len(rows[0]) - 1)) + ",y\n"
                    + "".join(",".join(map(str, row)) + "\n" for row in rows))
    (Path(folder) / "cascade.yaml").write_text(f"""
seed: {seed}
data: {{train: {{csv: {{path: data.csv, target: y}}}}}}
network: {{layers: [{{neurons: 1, activation: sigmoid}}]}}
loss: {loss}
training: {{cascade: {{neurons: {neurons}}}, stop: {{bit_fail: 0}}}}
threads: 1
report: false
""")
    seconds = nnkit("run", "cascade.yaml", "--output", f"run-{loss}-{seed}", folder=folder)
    run = Path(folder) / f"run-{loss}-{seed}"
    last = json.loads((run / "metrics.jsonl").read_text().splitlines()[-1])
    answers = subprocess.run([PROGRAMS / "nnkit", "predict", run, "data.csv", "--format", "csv"], cwd=folder, check=True,
                             capture_output=True, text=True).stdout.splitlines()
    names = answers[0].split(",")
    # The share of the class 1: the one output, or its probability.
    column = next(i for i, name in enumerate(names) if name in ("output_0", "probability_1", "p_1", "1", "y"))
    outputs = [float(line.split(",")[column]) for line in answers[1:]]
    error = mean((output - row[-1]) ** 2 for output, row in zip(outputs, rows)) if len(outputs) == len(rows) else math.nan
    return last["epoch"] - 1, error, last["train_bit_fail"], seconds


def cascade(neurons=40):
    """Neurons used and errors, seed by seed."""
    lines = ["## Cascade-correlation beside FANN's\n",
             f"Until no output is off by 0.35 or more, at most {neurons} neurons; for each seed: neurons, mean squared error,"
             " outputs that are off, seconds on one core. FANN 2.2 with its defaults, and its candidates as they are.\n"]
    for name, rows in (("two spirals, 194 samples", spirals()), ("parity-8, 256 samples", parity(8))):
        body = []
        for seed in SEEDS:
            with tempfile.TemporaryDirectory() as folder:
                found = [fann_cascade(rows, neurons, seed, folder)]
                found += [nnkit_cascade(rows, neurons, seed, loss, folder)
                          for loss in ("half_squared_error", "binary_cross_entropy")]
            body.append([seed] + [f"{f[0]}, {f[1]:.2g}, {f[2]}, {f[3]:.2f}" if f else "–" for f in found])
        heads = ("seed", "FANN", "nnkit, half_squared_error as FANN", "nnkit, binary_cross_entropy")
        lines.append(f"### {name}\n\n" + table(heads, body))
    return "\n".join(lines)


# MARK: aima-python

def restaurant():
    """Russell and Norvig's twelve examples, each attribute one-hot."""
    rows = [line.strip().split(",") for line in (FOLDER.parent / "Examples/restaurant.csv").read_text().splitlines()[1:]]
    values = [sorted({row[i] for row in rows}) for i in range(len(rows[0]))]
    return [[int(row[i] == value) for i in range(len(row) - 1) for value in values[i]] + [values[-1].index(row[-1])]
            for row in rows]


def iris():
    rows = [line.strip().split(",") for line in (FOLDER.parent / "Examples/iris.csv").read_text().splitlines()[1:]]
    classes = sorted({row[-1] for row in rows})
    return [[*map(float, row[:-1]), classes.index(row[-1])] for row in rows]


def zoo(count=101, seed=7):
    """A table like UCI's zoo, generated: fifteen yes-or-no traits and a number of legs, seven kinds, a trait in twenty off."""
    source = random.Random(seed)
    kinds = [([source.random() < 0.5 for _ in range(15)], source.choice([0, 2, 4, 6, 8])) for _ in range(7)]
    rows = []
    for index in range(count):
        kind = index % 7
        traits, legs = kinds[kind]
        rows.append([int(trait != (source.random() < 0.05)) for trait in traits] + [legs / 8, kind])
    source.shuffle(rows)
    return rows


def aima_folds(rows, folds, hidden, rate, epochs):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"rows": rows, "folds": folds, "hidden": hidden, "learning_rate": rate, "epochs": epochs, "seed": 1}, file)
        file.flush()
        run = subprocess.run([PEER_PYTHON, FOLDER / "peers/aima.py", file.name], capture_output=True, text=True)
    if run.returncode:
        print("aima-python is left out: `pip install aima3` has it\n" + run.stderr[-200:], file=sys.stderr)
        return None
    found = json.loads(run.stdout)
    return mean(found["accuracies"]), found["seconds"]


def nnkit_folds(rows, folds, layers, loss, optimizer, epochs):
    """The mean accuracy on held-out folds, and the seconds of all runs, each a process of its own."""
    header = ",".join(f"x{i}" for i in range(len(rows[0]) - 1)) + ",kind\n"
    accuracies, seconds = [], 0

    def text(some):
        return header + "".join(",".join(map(str, row)) + "\n" for row in some)

    with tempfile.TemporaryDirectory() as folder:
        for fold in range(folds):
            for name, held in (("train", False), ("test", True)):
                some = [row for index, row in enumerate(rows) if (index % folds == fold) == held]
                (Path(folder) / f"{name}.csv").write_text(text(some))
            (Path(folder) / "fold.yaml").write_text(f"""
seed: 1
data: {{train: {{csv: {{path: train.csv, target: kind}}}}, test: {{csv: {{path: test.csv, target: kind}}}}}}
network: {{layers: [{layers}]}}
loss: {loss}
training: {{epochs: {epochs}, batch: 1, optimizer: {optimizer}}}
threads: 1
report: false
""")
            seconds += nnkit("run", "fold.yaml", "--output", f"run-{fold}", folder=folder)
            accuracies.append(json.loads((Path(folder) / f"run-{fold}/summary.json").read_text())["test_accuracy"])
    return mean(accuracies), seconds


def aima():
    """Accuracies on held-out folds."""
    body = []
    tables = [("restaurant, leave-one-out", restaurant(), 12), ("iris, 10 folds", iris(), 10), ("zoo-like, 10 folds", zoo(), 10)]
    for name, rows, folds in tables:
        outputs = 1 + max(row[-1] for row in rows)
        for hidden in ([], [5]):
            # The same network: no biases, sigmoids, squared error, one sample after another.
            layers = [f"{{neurons: {n}, activation: sigmoid, initializer: {{name: uniform, minimum: -0.5, maximum: 0.5}},"
                      " frozen: biases}" for n in (*hidden, outputs)]
            usual = [f"{{neurons: {n}, activation: tanh}}" for n in hidden] + [f"{{neurons: {outputs}, activation: softmax}}"]
            found = [aima_folds(rows, folds, hidden, 0.1, 100),
                     nnkit_folds(rows, folds, ", ".join(layers), "half_squared_error", "{name: sgd, learning_rate: 0.1}", 100),
                     nnkit_folds(rows, folds, ", ".join(usual), "cross_entropy", "{name: adam, learning_rate: 0.01}", 100)]
            learner = f"hidden layer of {hidden[0]}" if hidden else "no hidden layer"
            body.append([name, learner] + [f"{f[0]:.3f}, {f[1]:.2f}" if f else "–" for f in found])
    heads = ("table", "network", "aima-python", "nnkit, the same network and steps", "nnkit, softmax and adam")
    return ("## aima-python's learners beside nnkit\n\nMean accuracy on the rows that were held out, and seconds for all folds"
            " (100 epochs; nnkit's folds are processes of their own).\n\n" + table(heads, body))


# MARK: A sweep's runs

def sweep(repetitions):
    """A sweep of 64 small runs on all cores, beside the same runs one after another, by the one program of each run."""
    config = """
seed: 1
data: {train: {generator: {name: spirals, samples: 400, noise: 0.05}}, validation: 0.25, scale: standard}
network: {layers: [{neurons: 16, activation: tanh}, {neurons: 16, activation: tanh}, {neurons: 2, activation: softmax}]}
loss: cross_entropy
training: {epochs: 60, batch: 10, optimizer: {name: adam, learning_rate: 0.01}}
threads: 1
report: false
"""
    parameters = """
sweep:
  parameters:
    training.optimizer.learning_rate: [0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128]
    network.layers.0.neurons: [4, 6, 8, 10, 12, 14, 16, 18]
"""
    together, apart, jobs = [], [], len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "one.yaml").write_text(config)
        (Path(folder) / "sweep.yaml").write_text(config + parameters)
        for repetition in range(repetitions):
            together.append(nnkit("sweep", "sweep.yaml", "--output", f"sweep-{repetition}", "--jobs", jobs, folder=folder))
            start = time.perf_counter()
            number = 0
            for rate in (0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128):
                for neurons in (4, 6, 8, 10, 12, 14, 16, 18):
                    nnkit("run", "one.yaml", "--output", f"apart-{repetition}-{number}", "--set",
                          f"training.optimizer.learning_rate={rate}", "--set", f"network.layers.0.neurons={neurons}",
                          folder=folder)
                    number += 1
            apart.append(time.perf_counter() - start)
    ratios = [one / (other / jobs) for one, other in zip(together, apart)]
    return ("## A sweep of 64 small runs\n\n"
            f"{jobs} at once: {median(together):.2f} s; one after another: {median(apart):.2f} s; the sweep takes"
            f" {median(ratios):.3f} ({min(ratios):.3f} – {max(ratios):.3f}) times the runs one after another divided by the"
            " cores.\n")
