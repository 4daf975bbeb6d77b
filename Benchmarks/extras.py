"""Beside the workloads: how cost grows with width, where one way of running a layer overtakes another, and what the
command line takes beyond its training."""

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path
from statistics import median

from contenders import FOLDER, PROGRAMS, cores, measure
from limits import weights
from report import figure, spread, table

WIDTHS = [32, 64, 128, 256, 512, 1024, 2048, 4096]


def scaling(threads, batch, repetitions, seconds):
    """nnkit's cost of training 784-N-N-10 for widths N."""
    rows = []
    for width in WIDTHS:
        workload = {"layers": [784, width, width, 10], "hidden": "relu", "output": "softmax", "loss": "cross_entropy",
                    "batch": batch, "optimizer": "sgd", "rate": 1e-5, "samples": 640 if batch == 1 else 3200}
        for contender in measure(workload, threads, ["nnkit"], repetitions, seconds):
            cost, count = 1 / median(contender.rates), sum(weights(workload))
            rows.append((width, f"{count:,}", spread(contender.rates), f"{1e6 * cost:.3g}", f"{1e9 * cost / count:.3f}"))
    heading = f"### 784-N-N-10 relu softmax, batch {batch}, sgd, {threads} thread{'s' * (threads > 1)}\n\n"
    return heading + table(("N", "weights", "samples/s", "µs a sample", "ns a weight and sample"), rows)


def crossovers(threads, repetitions, seconds):
    """nnkit's rate for 784-N-10 by each way of running a layer, and by what it chooses itself."""
    ways = {"neuron by neuron": {"engine": "neuron"}, "fused": {"engine": "fused", "backend": "builtin"},
            "fused, oneDNN": {"engine": "fused", "backend": "onednn"},
            "fused, BLAS": {"engine": "fused", "backend": "blas"}, "auto": {}}
    rows = []
    for width in (8, 32, 128, 512, 2048):
        for batch in (1, 2, 10, 64, 256):
            workload = {"layers": [784, width, 10], "hidden": "relu", "output": "softmax", "loss": "cross_entropy",
                        "batch": batch, "optimizer": "sgd", "rate": 1e-5, "samples": 2560 if batch > 2 else 640}
            rates = []
            for way in ways.values():
                found = measure(workload | way, threads, ["nnkit"], repetitions, seconds)
                # Where a library is missing, another way than the one asked for runs.
                named = found and found[0].about["backend"].startswith(way.get("backend", ""))
                rates.append(figure(median(found[0].rates)) if named else "–")
            rows.append((width, batch, *rates))
    heading = f"### 784-N-10 relu softmax, sgd, samples/s, {threads} thread{'s' * (threads > 1)}\n\n"
    return heading + table(("N", "batch", *ways), rows)


def run_command(example, threads):
    """Runs an example quietly; answers the time from start to end, and the training's part of it, in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "run"
        start = time.perf_counter()
        subprocess.run(
            [PROGRAMS / "nnkit", "run", FOLDER.parent / "Examples" / example, "--quiet", "--threads", str(threads),
             "--output", output],
            check=True, stderr=subprocess.PIPE, preexec_fn=lambda: os.sched_setaffinity(0, cores(threads)))
        return time.perf_counter() - start, json.loads((output / "summary.json").read_text())["training_seconds"]


def seconds_text(value):
    return f"{value:.1f} s" if value >= 1 else f"{1000 * value:.1f} ms"


def commands(workload, threads, repetitions, seconds):
    """xor.yaml's time beyond its training; fashion-mnist.yaml's against its steps in the benchmark."""
    beyond = [whole - training for whole, training in (run_command("xor.yaml", threads) for _ in range(repetitions))]
    lines = [f"`nnkit run Examples/xor.yaml --quiet` beyond its training: {spread(beyond, seconds_text)}."]
    try:
        whole = [run_command("fashion-mnist.yaml", threads)[0] for _ in range(3)]
    except subprocess.CalledProcessError as error:
        return "\n".join([*lines, f"fashion-mnist.yaml left out: {error.stderr.decode().strip()}"])
    (contender,) = measure(workload, threads, ["nnkit"], repetitions, seconds)
    steps = 600_000 / median(contender.rates)
    lines.append(f"`nnkit run Examples/fashion-mnist.yaml --quiet`: {spread(whole, seconds_text)}; its steps in the "
                 f"benchmark: {seconds_text(steps)}; {median(whole) / steps:.2f} times as long.")
    return f"{threads} thread{'s' * (threads > 1)}: " + "\n".join(lines) + "\n"
