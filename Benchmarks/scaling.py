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
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
MPIRUN, MPICC = os.environ.get("MPIRUN", "mpirun"), os.environ.get("MPICC", "mpicc")
# More ranks than processors, and as root in a container, are allowed: what that costs is measured.
ENVIRONMENT = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                   OMPI_MCA_rmaps_base_oversubscribe="1", OMPI_MCA_btl_vader_single_copy_mechanism="none")

ALL = json.loads((HERE / "workloads.json").read_text())
NAMES = ["W4", "W5", "W6", "W9b"]


def parsed(layers):
    """The network's layers as a configuration has them, and how many numbers each layer's gradient has.

    W9b's names: 1x28x28 is an image, 20@5 a layer of 20 neurons with windows of 5 x 5, max2:relu pools 2 x 2 and responds.
    """
    image, inputs, side, lines, counts = None, None, None, [], []
    first = str(layers[0])
    if "x" in first:
        channels, side, _ = map(int, first.split("x"))
        inputs, image = channels * side * side, f"{{height: {side}, width: {side}}}"
    else:
        inputs, channels = int(first), None
    for layer in map(str, layers[1:]):
        if "@" in layer:
            neurons, kernel = map(int, layer.split("@"))
            side -= kernel - 1
            counts.append(neurons * (channels * kernel * kernel + 1))
            channels, inputs = neurons, neurons * side * side
            lines.append(f"neurons: {neurons}, kernel: {kernel}, activation: identity")
        elif layer.startswith("max"):
            size, _, activation = layer[3:].partition(":")
            side //= int(size)
            inputs = channels * side * side
            lines.append(f"pool: maximum, kernel: {size}, activation: {activation or 'identity'}")
        else:
            counts.append(int(layer) * (inputs + 1))
            inputs = int(layer)
            lines.append(f"neurons: {layer}")
    return image, lines, counts


def parameters(layers):
    return parsed(layers)[2]


def configuration(workload, batch, epochs, threads, shares_memory=True):
    shape, lines, _ = parsed(workload["layers"])
    image = f"\n  image: {shape}" if shape else ""
    communicator = "" if shares_memory else "communicator: {name: mpi, shared_memory: false}\n"
    lines = [f"    - {{{line}" + ("}" if "activation" in line else f", activation: {workload['hidden']}}}") for line in lines[:-1]]
    lines.append(f"    - {{neurons: {workload['layers'][-1]}, activation: {workload['output']}}}")
    layers = "\n".join(lines)
    momentum = f", momentum: {workload['momentum']}" if "momentum" in workload else ""
    optimizer = f"{{name: {workload['optimizer']}, learning_rate: {workload['learning_rate']}{momentum}}}"
    return f"""seed: 1
data: {{train: {{npy: {{inputs: x.npy, targets: y.npy, classes: [a, b, c, d, e, f, g, h, i, j]}}}}, scale: none}}
network:{image}
  layers:
{layers}
loss: {workload["loss"]}
threads: {threads}
{communicator}training: {{epochs: {epochs}, batch: {batch}, optimizer: {optimizer}, checkpoint: {{epochs: 1000000}}}}
report: false
"""


def write_array(path, shape, kind, values):
    """A file of NumPy, without NumPy."""
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + values)


def write_samples(folder, count=8192):
    pixels = bytes((31 * i * i + 7 * i) % 251 for i in range(784))
    write_array(pathlib.Path(folder, "x.npy"), (count, 784), "|u1",
                b"".join(pixels[i % 784:] + pixels[:i % 784] for i in range(count)))
    write_array(pathlib.Path(folder, "y.npy"), (count,), "|u1", bytes(i % 10 for i in range(count)))


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return "processors"


def run(words, folder):
    done = subprocess.run(words, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, words))} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def rate(program, folder, workload, batch, ranks, seconds, threads=1, shares_memory=True):
    """Samples a second in all, the median of the epochs after the first."""
    # About as many epochs as fill the time: the first run finds out how long one takes.
    epochs = 3
    while True:
        out = pathlib.Path(folder, "run")
        shutil.rmtree(out, ignore_errors=True)
        pathlib.Path(folder, "config.yaml").write_text(configuration(workload, batch, epochs, threads, shares_memory))
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


def step_seconds(alone, counts, ranks, network):
    """A step of P ranks, each of which needs `alone` seconds for its own samples; each layer's gradient has so many numbers."""
    sizes = [4 * count for count in counts]
    hidden = sum(sum_seconds(ranks, size, *network) for size in sizes[1:])
    exposed = sum_seconds(ranks, sizes[0], *network) + sum_seconds(ranks, 128, *network)
    return alone + exposed + max(0.0, hidden - 2 / 3 * alone)


def parsed_network(text, gamma):
    bandwidth, latency = text.split(",")
    gigabits = float(re.match(r"[\d.]+", bandwidth).group())
    return float(re.match(r"[\d.]+", latency).group()) * 1e-6, 8 / (gigabits * 1e9), gamma


def measured(program, folder, given, network):
    """Prints the speed of some ranks, each with its batch; returns how long a step of one alone takes, by workload."""
    cores, alone = len(os.sched_getaffinity(0)), {}
    print("| workload | ranks | samples/s | of ideal, shared memory | of ideal, by the library | predicted for it |\n"
          "|---|---|---|---|---|---|")
    for name in given.workloads.split(","):
        workload, batch, counts = ALL[name], ALL[name]["batch"], parameters(ALL[name]["layers"])
        one = rate(program, folder, workload, batch, 1, given.seconds)
        alone[name] = batch / one
        print(f"| {name}, batch {batch} a rank | 1 | {one:,.0f} | | | |", flush=True)
        for ranks in map(int, given.ranks.split(",")):
            shared = rate(program, folder, workload, batch * ranks, ranks, given.seconds)
            library = rate(program, folder, workload, batch * ranks, ranks, given.seconds, shares_memory=False)
            # More ranks than processors share them: a step of all takes as many times longer.
            turns = max(1, ranks / cores)
            step = step_seconds(turns * alone[name], counts, ranks, network)
            ideal = one * min(ranks, cores)
            print(f"| | {ranks} | {shared:,.0f} | {shared / ideal:.2f} | {library / ideal:.2f} |"
                  f" {ranks * batch / step / ideal:.2f} |", flush=True)
    return alone


def beside_threads(program, folder, given):
    print("\nTwo ranks with one thread each, beside one process with two threads, on the same whole batch:\n")
    print("| workload | 1 × 2 threads, samples/s | 2 ranks × 1 thread | ratio | from … to |\n|---|---|---|---|---|")
    for name in given.workloads.split(","):
        workload, batch = ALL[name], ALL[name]["batch"]
        # By turns, so that what else the machine does slows both.
        turns = []
        for _ in range(given.turns):
            threads = rate(program, folder, workload, batch, 1, given.seconds / 3, threads=2)
            turns.append((threads, rate(program, folder, workload, batch, 2, given.seconds / 3)))
        threads, ranks, ratios = [t for t, _ in turns], [r for _, r in turns], sorted(r / t for t, r in turns)
        print(f"| {name}, batch {batch} | {statistics.median(threads):,.0f} | {statistics.median(ranks):,.0f} |"
              f" {statistics.median(ratios):.2f} | {ratios[0]:.2f} … {ratios[-1]:.2f} |", flush=True)


def predicted(given, alone, gamma):
    print("\nPredicted efficiency, a rank on each core of many machines:\n")
    powers = [2 ** k for k in range(1, 11)]
    print("| workload | network | " + " | ".join(map(str, powers)) + " |\n|---|---" + "|---" * len(powers) + "|")
    for name in given.workloads.split(","):
        counts = parameters(ALL[name]["layers"])
        for text in given.network.split():
            network = parsed_network(text, gamma)
            cells = [f"{alone[name] / step_seconds(alone[name], counts, p, network):.2f}" for p in powers]
            print(f"| {name} | {text} | " + " | ".join(cells) + " |")


def main():
    options = argparse.ArgumentParser(description="Scaling over ranks: measured, and predicted.")
    options.add_argument("--ranks", default="2,4")
    options.add_argument("--seconds", type=float, default=3)
    options.add_argument("--turns", type=int, default=5, help="how often one process and two ranks are measured by turns")
    options.add_argument("--only-threads", action="store_true", help="only two ranks beside one process with two threads")
    options.add_argument("--workloads", default=",".join(NAMES))
    options.add_argument("--network", default="100Gb/s,2us 10Gb/s,30us 1Gb/s,30us", help="networks that are predicted for")
    given = options.parse_args()
    program = os.path.abspath(os.environ.get("NNKIT", HERE.parent / ".build" / "release" / "nnkit"))
    with tempfile.TemporaryDirectory() as folder:
        write_samples(folder)
        if given.only_threads:
            return beside_threads(program, folder, given)
        alpha, beta, gamma, sums = constants(folder)
        print(f"{len(os.sched_getaffinity(0))} × {processor()}; sums over 2 ranks: "
              + ", ".join(f"{n:,} B {1e6 * t:.1f} us" for n, t in sums))
        print(f"alpha {1e6 * alpha:.2f} us, 1/beta {1e-9 / beta:.2f} GB/s, 1/gamma {1e-9 / gamma:.2f} GB/s\n")
        alone = measured(program, folder, given, (alpha, beta, gamma))
        beside_threads(program, folder, given)
        predicted(given, alone, gamma)


if __name__ == "__main__":
    main()
