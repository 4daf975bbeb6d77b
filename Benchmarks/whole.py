"""Whole programs, as a user starts them: from a cold start to a good network, and reading a large file."""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from contenders import BUILD, FOLDER, PEER_PYTHON, PROGRAMS, cores, environment, left_out
from report import spread, table

DATA = Path("/usr/share/datasets/fashion-mnist")
EXAMPLE = FOLDER.parent / "Examples/fashion-mnist.yaml"
TARGET = 0.88
ROWS, COLUMNS = 1_000_000, 30


def run(command, threads):
    """Runs a program; answers its time in seconds, its peak of resident memory in bytes, and its last line."""
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        start = time.perf_counter()
        process = subprocess.Popen(list(map(str, command)), stdout=output, stderr=errors, env=environment(threads, ""),
                                   preexec_fn=lambda: os.sched_setaffinity(0, cores(threads)))
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        output.seek(0)
        errors.seek(0)
        if status:
            raise LookupError((errors.read().strip().splitlines() or [f"status {status}"])[-1])
        return seconds, usage.ru_maxrss * 1024, (output.read().strip().splitlines() or [""])[-1]


def seconds_text(value):
    return f"{value:.2f} s"


def row(name, runs, remark=""):
    return (name, spread([seconds for seconds, _, _ in runs], seconds_text),
            f"{max(memory for _, memory, _ in runs) / 1e6:.0f} MB", remark)


def nnkit_command(threads, folder, epochs):
    """fashion-mnist.yaml at a constant rate, so that its first epochs do not depend on how many follow."""
    return [PROGRAMS / "nnkit", "run", EXAMPLE, "--quiet", "--threads", threads, "--output", folder,
            "--set", f"training.epochs={epochs}", "--set", "training.schedule=constant"]


def epochs_needed(threads):
    """After how many epochs nnkit answers 0.88 of the test pictures right."""
    with tempfile.TemporaryDirectory() as folder:
        run(nnkit_command(threads, Path(folder) / "run", 30), threads)
        lines = (Path(folder) / "run/metrics.jsonl").read_text().splitlines()
    right = [json.loads(line)["test_accuracy"] for line in lines]
    return next((number for number, share in enumerate(right, 1) if share >= TARGET), None)


def cold(threads, repetitions):
    """The time of whole processes that import, read, train and evaluate until 0.88 of the test pictures are right."""
    rows = []
    epochs = epochs_needed(threads)
    runs = []
    for _ in range(repetitions if epochs else 0):
        with tempfile.TemporaryDirectory() as folder:
            runs.append(run(nnkit_command(threads, Path(folder) / "run", epochs), threads))
    if runs:
        rows.append(row("nnkit run", runs, f"{epochs} epochs"))
    for peer in ("torch", "jax", "sklearn"):
        try:
            runs = [run([PEER_PYTHON, FOLDER / "peers/cold_start.py", peer, threads, DATA], threads)
                    for _ in range(repetitions)]
        except (LookupError, OSError) as error:
            left_out(peer, error)
            continue
        needed, accuracy = runs[0][2].split()
        rows.append(row(peer, runs, f"{needed} epochs" + ("" if float(accuracy) >= TARGET else f", {accuracy} at best")))
    return f"### From a cold start to {TARGET} on Fashion-MNIST, {threads} thread{'s' * (threads > 1)}\n\n" + table(
        ("", "whole process", "resident memory", ""), rows)


def numbers():
    """A file of a million rows of 30 numbers, and 0 or 1 at the end."""
    path = BUILD / f"numbers-{ROWS}.csv"
    if not path.exists():
        source, fresh = random.Random(1), path.with_suffix(".part")
        with fresh.open("w") as file:
            file.write(",".join([f"x{place}" for place in range(COLUMNS)] + ["y"]) + "\n")
            for _ in range(ROWS):
                file.write(",".join([f"{source.gauss(0, 1):.5f}" for _ in range(COLUMNS)] + [str(source.randrange(2))]) + "\n")
        fresh.rename(path)
    return path


CSV_RUN = """seed: 1
data: {{train: {{csv: {{path: {path}, header: true, target: [y]}}}}}}
network: {{layers: [{{neurons: 1, activation: sigmoid}}]}}
loss: binary_cross_entropy
training: {{epochs: 0, batch: 1000, optimizer: {{name: sgd, learning_rate: 0.1}}}}
"""


def csv(repetitions):
    """The time of whole processes that read a large CSV file."""
    path, rows = numbers(), []
    with tempfile.TemporaryDirectory() as folder:
        configuration = Path(folder) / "numbers.yaml"
        configuration.write_text(CSV_RUN.format(path=path))
        rows.append(row("nnkit run, 0 epochs", [
            run([PROGRAMS / "nnkit", "run", configuration, "--quiet", "--output", f"{folder}/{number}"], 1)
            for number in range(repetitions)]))
    script = "import sys, pandas; print(len(pandas.read_csv(sys.argv[1], dtype='float32')))"
    for python in dict.fromkeys((PEER_PYTHON, sys.executable)):
        try:
            rows.append(row("pandas.read_csv", [run([python, "-c", script, path], 1) for _ in range(repetitions)]))
            break
        except (LookupError, OSError) as error:
            left_out("pandas", error)
    return f"### A CSV file of {ROWS:,} rows of {COLUMNS} numbers and a target\n\n" + table(
        ("", "whole process", "resident memory", ""), rows)
