"""Beside the workloads: how cost grows with width, where one way of running a layer overtakes another, and what the
command line takes beyond its training."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from contenders import FOLDER, PROGRAMS, Contender, cores, measure
from limits import weights
from report import figure, spread, table

# Of which a step takes less time than the system gives a program before another's turn.
SMALL = {"title": "784-256-128-10 relu softmax cross_entropy, batch 64, sgd", "layers": [784, 256, 128, 10],
         "hidden": "relu", "output": "softmax", "loss": "cross_entropy", "batch": 64, "optimizer": "sgd", "learning_rate": 0.0001}
WIDTHS = [32, 64, 128, 256, 512, 1024, 2048, 4096]


def scaling(threads, batch, repetitions, seconds):
    """nnkit's cost of training 784-N-N-10 for widths N."""
    rows = []
    for width in WIDTHS:
        workload = {"layers": [784, width, width, 10], "hidden": "relu", "output": "softmax", "loss": "cross_entropy",
                    "batch": batch, "optimizer": "sgd", "learning_rate": 1e-5, "samples": 640 if batch == 1 else 3200}
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
                        "batch": batch, "optimizer": "sgd", "learning_rate": 1e-5, "samples": 2560 if batch > 2 else 640}
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


def busy(workloads, threads, repetitions, seconds):
    """nnkit's rate on one thread and on `threads`, both free to use as many cores, beside busy loops."""
    rows = []
    for workload in workloads:
        contenders = [Contender("nnkit", "", workload, count, on=threads) for count in (1, threads)]
        for contender in contenders:
            contender.wait_until_ready()
        for loops in range(threads + 1):
            programs = [subprocess.Popen([sys.executable, "-c", "while True: pass"],
                                         preexec_fn=lambda: os.sched_setaffinity(0, cores(threads)))
                        for _ in range(loops)]
            try:
                time.sleep(0.2 * (loops > 0))
                for contender in contenders:
                    contender.rates = []
                for _ in range(repetitions):
                    for contender in contenders:
                        # Long enough for the threads to find out how many of them the machine has room for.
                        contender.run(max(2, seconds))
            finally:
                for program in programs:
                    program.kill()
                    program.wait()
            one, more = (contender.rates for contender in contenders)
            rows.append((workload["title"], loops, spread(one), spread(more), f"{median(more) / median(one):.2f}"))
        for contender in contenders:
            contender.close()
    return f"### Beside busy loops, on {threads} cores\n\n" + table(
        ("", "busy loops", "1 thread, samples/s", f"{threads} threads, samples/s", "ratio"), rows)


def shuffled(workloads, threads, repetitions, seconds):
    """nnkit's rate with its samples in a new order each epoch, and in the order in which they lie."""
    rows = []
    for name, workload in workloads.items():
        contenders = [Contender("nnkit", "", workload | {"shuffle": shuffle}, threads) for shuffle in (1, 0)]
        for contender in contenders:
            contender.wait_until_ready()
        for _ in range(repetitions):
            for contender in contenders:
                contender.run(seconds)
        for contender in contenders:
            contender.close()
        new, same = (contender.rates for contender in contenders)
        rows.append((name, spread(new), spread(same), f"{median(new) / median(same):.2f}"))
    return f"### Shuffled, {threads} thread{'s' * (threads > 1)}\n\n" + table(
        ("", "shuffled, samples/s", "unshuffled, samples/s", "ratio"), rows)
