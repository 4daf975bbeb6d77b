"""How training speeds up with the number of ranks: measured here with 2 and 4, and predicted up to 1,024.

    NNKIT=.build/release/nnkit python3 Benchmarks/scaling.py [--ranks 2,4] [--seconds 5] [--network 10Gb/s,30us]

The batch of a rank stays the same (weak scaling): with P ranks the whole batch is P times as large. The model is that of
Thakur, Rabenseifner and Gropp, "Optimization of Collective Communication Operations in MPICH" (2005), for long messages:

    T(P, n) = 2 log2(P) alpha + 2 (P-1)/P n beta + (P-1)/P n gamma

with n bytes, alpha seconds a message, beta seconds a byte sent and gamma seconds a byte added. All layers but the first are
summed while earlier layers still go backward; the first layer's gradient, which is there last, and one small message are not
hidden. A step of the other layers is hidden as far as their backward pass, about two thirds of the step, takes so long.
"""

import argparse
import json
import math
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
MPIRUN, MPICC = os.environ.get("MPIRUN", "mpirun"), os.environ.get("MPICC", "mpicc")
# More ranks than processors, and as root in a container, are allowed: what that costs is measured.
ENVIRONMENT = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                   OMPI_MCA_rmaps_base_oversubscribe="1", OMPI_MCA_btl_vader_single_copy_mechanism="none")

ALL = json.loads((HERE / "workloads.json").read_text())
NAMES = ["W4", "W5", "W6"]


def parameters(widths):
    """How many numbers each layer's gradient has."""
    return [outputs * (inputs + 1) for inputs, outputs in zip(widths, widths[1:])]


def configuration(workload, batch, epochs, threads):
    widths = workload["layers"]
    layers = "\n".join(f"    - {{neurons: {width}, activation: {workload['hidden']}}}" for width in widths[1:-1])
    momentum = f", momentum: {workload['momentum']}" if "momentum" in workload else ""
    optimizer = f"{{name: {workload['optimizer']}, learning_rate: {workload['learning_rate']}{momentum}}}"
    return f"""seed: 1
data: {{train: {{npy: {{inputs: x.npy, targets: y.npy, classes: [a, b, c, d, e, f, g, h, i, j]}}}}, scale: none}}
network:
  layers:
{layers}
    - {{neurons: {widths[-1]}, activation: {workload["output"]}}}
loss: {workload["loss"]}
threads: {threads}
training: {{epochs: {epochs}, batch: {batch}, optimizer: {optimizer}, checkpoint: {{epochs: 1000000}}}}
report: false
"""


def write_array(path, shape, kind, values):
    """A file of NumPy, without NumPy."""
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + values)


def run(words, folder):
    done = subprocess.run(words, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, words))} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def rate(program, folder, workload, batch, ranks, seconds, threads=1):
    """Samples a second in all, the median of the epochs after the first."""
    # About as many epochs as fill the time: the first run finds out how long one takes.
    epochs = 3
    while True:
        out = pathlib.Path(folder, "run")
        shutil.rmtree(out, ignore_errors=True)
        pathlib.Path(folder, "config.yaml").write_text(configuration(workload, batch, epochs, threads))
        words = [program, "run", "config.yaml", "--quiet", "--output", out]
        run(words if ranks == 1 else [MPIRUN, "-n", str(ranks)] + words + ["--communicator", "mpi"], folder)
        lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()][1:]
        spent = sum(line["seconds"] for line in lines)
        if spent >= seconds or epochs > 1000:
            rates = sorted(line["samples_per_second"] for line in lines)
            return rates[len(rates) // 2]
        epochs = min(2000, max(epochs + 2, int(1.3 * epochs * seconds / max(spent, 1e-3))))


def constants(folder):
    """alpha, beta and gamma of this machine, by two ranks."""
    program = pathlib.Path(folder, "allreduce")
    run([MPICC, "-O2", HERE / "peers" / "allreduce.c", "-o", program], folder)
    sums, gamma = [], 0.0
    for line in run([MPIRUN, "-n", "2", program], folder).splitlines():
        what, size, seconds = line.split()
        if what == "sum":
            sums.append((int(size), float(seconds)))
        else:
            gamma = float(seconds) / int(size)
    alpha = sums[0][1] / 2
    # With two ranks T = 2 alpha + n beta + n gamma / 2.
    size, seconds = sums[-1]
    beta = max(1e-13, (seconds - 2 * alpha) / size - gamma / 2)
    return alpha, beta, gamma, sums


def sum_seconds(ranks, size, alpha, beta, gamma):
    if ranks == 1:
        return 0.0
    part = (ranks - 1) / ranks * size
    return 2 * math.log2(ranks) * alpha + 2 * part * beta + part * gamma


def step_seconds(alone, widths, ranks, network):
    """A step of P ranks, each of which needs `alone` seconds for its own samples."""
    sizes = [4 * count for count in parameters(widths)]
    hidden = sum(sum_seconds(ranks, size, *network) for size in sizes[1:])
    exposed = sum_seconds(ranks, sizes[0], *network) + sum_seconds(ranks, 128, *network)
    return alone + exposed + max(0.0, hidden - 2 / 3 * alone)


def parsed_network(text, gamma):
    bandwidth, latency = text.split(",")
    gigabits = float(re.match(r"[\d.]+", bandwidth).group())
    return float(re.match(r"[\d.]+", latency).group()) * 1e-6, 8 / (gigabits * 1e9), gamma


def main():
    options = argparse.ArgumentParser(description="Scaling over ranks: measured, and predicted.")
    options.add_argument("--ranks", default="2,4")
    options.add_argument("--seconds", type=float, default=3)
    options.add_argument("--workloads", default=",".join(NAMES))
    options.add_argument("--network", default="100Gb/s,2us 10Gb/s,30us 1Gb/s,30us", help="networks that are predicted for")
    given = options.parse_args()
    program = os.path.abspath(os.environ.get("NNKIT", HERE.parent / ".build" / "release" / "nnkit"))
    cores = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as folder:
        count = 8192
        pixels = bytes((31 * i * i + 7 * i) % 251 for i in range(784))
        write_array(pathlib.Path(folder, "x.npy"), (count, 784), "|u1",
                    b"".join(pixels[i % 784:] + pixels[:i % 784] for i in range(count)))
        write_array(pathlib.Path(folder, "y.npy"), (count,), "|u1", bytes(i % 10 for i in range(count)))
        alpha, beta, gamma, sums = constants(folder)
        print(f"{cores} processors; sums over 2 ranks: " + ", ".join(f"{n:,} B {1e6 * t:.1f} us" for n, t in sums))
        print(f"alpha {1e6 * alpha:.2f} us, 1/beta {1e-9 / beta:.2f} GB/s, 1/gamma {1e-9 / gamma:.2f} GB/s\n")
        print("| workload | ranks | samples/s | of ideal, measured | of ideal, predicted |\n|---|---|---|---|---|")
        alone = {}
        for name in given.workloads.split(","):
            workload, batch, widths = ALL[name], ALL[name]["batch"], ALL[name]["layers"]
            one = rate(program, folder, workload, batch, 1, given.seconds)
            alone[name] = batch / one
            print(f"| {name}, batch {batch} a rank | 1 | {one:,.0f} | | |", flush=True)
            for ranks in map(int, given.ranks.split(",")):
                found = rate(program, folder, workload, batch * ranks, ranks, given.seconds)
                # More ranks than processors share them: a step of all takes as many times longer.
                turns = max(1, ranks / cores)
                step = step_seconds(turns * alone[name], widths, ranks, (alpha, beta, gamma))
                ideal = one * min(ranks, cores)
                print(f"| | {ranks} | {found:,.0f} | {found / ideal:.2f} | {ranks * batch / step / ideal:.2f} |", flush=True)
        print("\nTwo ranks with one thread each, beside one process with two threads, on the same whole batch:\n")
        print("| workload | 1 × 2 threads, samples/s | 2 ranks × 1 thread | ratio |\n|---|---|---|---|")
        for name in given.workloads.split(","):
            workload, batch = ALL[name], ALL[name]["batch"]
            threads = rate(program, folder, workload, batch, 1, given.seconds, threads=2)
            ranks = rate(program, folder, workload, batch, 2, given.seconds)
            print(f"| {name}, batch {batch} | {threads:,.0f} | {ranks:,.0f} | {ranks / threads:.2f} |", flush=True)
        print("\nPredicted efficiency, a rank on each core of many machines:\n")
        powers = [2 ** k for k in range(1, 11)]
        print("| workload | network | " + " | ".join(map(str, powers)) + " |\n|---|---" + "|---" * len(powers) + "|")
        for name in given.workloads.split(","):
            widths = ALL[name]["layers"]
            for text in given.network.split():
                network = parsed_network(text, gamma)
                cells = [f"{alone[name] / step_seconds(alone[name], widths, p, network):.2f}" for p in powers]
                print(f"| {name} | {text} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
