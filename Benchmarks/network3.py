"""Nielsen's network3 (chapter 6 of "Neural Networks and Deep Learning") on Fashion-MNIST: nnkit beside PyTorch.

    make build && python3 Benchmarks/network3.py                  # all of Examples/network3: many hours
    python3 Benchmarks/network3.py --networks one-hidden-layer --epochs 1

PyTorch begins with the very weights that nnkit begins with, and has the same settings, samples and number of epochs; the
order of the samples, and what dropout leaves out, are its own. Runs stay in --folder: what is there is not trained again.
"""

import argparse
import json
import re
import subprocess
from pathlib import Path

from contenders import BUILD, FOLDER, PEER_PYTHON, PROGRAMS, left_out
from report import table

EXAMPLES = FOLDER.parent / "Examples/network3"
# How many seeds each is trained with; of the first three the mean counts.
NETWORKS = {"one-hidden-layer": 3, "conv-pool-dense": 3, "two-conv-pool": 3, "two-conv-pool-relu": 1, "expanded-data": 1,
            "double-dense-dropout": 1}
# So many networks answer together.
ENSEMBLE, MEMBERS = "expanded-data", 5


def nnkit(*arguments):
    command = [str(PROGRAMS / "nnkit"), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise LookupError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


def configuration(name):
    return EXAMPLES / f"{name}.yaml"


def run_nnkit(name, seed, options):
    """Trains with nnkit unless the run is there; answers the test accuracy."""
    folder = options.folder / f"{name}-{seed}"
    if not (folder / "summary.json").exists():
        epochs = ["--set", f"training.epochs={options.epochs}"] if options.epochs is not None else []
        nnkit("run", configuration(name), "--quiet", "--output", folder, "--threads", options.threads, "--set",
              f"seed={seed}", *epochs)
    return json.loads((folder / "summary.json").read_text())["test_accuracy"]


def settings(run, seed, threads):
    """What the run's own configuration says, with every default written out."""
    text = (run / "config.yaml").read_text()

    def number(key, kind=float):
        return kind(re.search(rf"\b{key}: ([-+.\de]+)", text).group(1))

    # In the order of the file: the training samples, then those of the test.
    paths = [str((run / path).resolve()) for path in re.findall(r'(?:images|labels): "([^"]+)"', text)]
    return {"seed": seed, "threads": threads, "epochs": number("epochs", int), "batch": number("batch", int),
            "learning_rate": number("learning_rate"), "l2": number("l2"), "expand": "expand: true" in text,
            "cosine": "name: cosine" in text, "train": paths[:2], "test": paths[2:4]}


def run_torch(name, seed, options):
    """Trains with PyTorch from nnkit's first weights unless that was done; answers the test accuracy."""
    first, answers = options.folder / f"{name}-{seed}-first", options.folder / f"{name}-{seed}.npy"
    result = options.folder / f"{name}-{seed}.torch"
    if not result.exists():
        if not (first / "model.safetensors").exists():
            nnkit("run", configuration(name), "--quiet", "--output", first, "--set", f"seed={seed}", "--set",
                  "training.epochs=0", "--set", "report=false")
        given = settings(options.folder / f"{name}-{seed}", seed, options.threads)
        command = [PEER_PYTHON, FOLDER / "peers/torch_network3.py", first / "model.safetensors", json.dumps(given), answers]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
        if done.returncode:
            raise LookupError((done.stderr.strip().splitlines() or [f"status {done.returncode}"])[-1])
        result.write_text(done.stdout)
    return float(result.read_text())


def torch_together(seeds, options):
    """The test accuracy of the mean of several networks' answers."""
    script = ("import sys, numpy as np; sys.path.insert(0, sys.argv[1]); from torch_network3 import read_idx;"
              "right = read_idx(sys.argv[2]); mean = sum(np.load(path) for path in sys.argv[3:]);"
              "print(float((mean.argmax(1) == right).mean()))")
    labels = settings(options.folder / f"{ENSEMBLE}-{seeds[0]}", 0, 1)["test"][1]
    files = [options.folder / f"{ENSEMBLE}-{seed}.npy" for seed in seeds]
    done = subprocess.run([PEER_PYTHON, "-c", script, str(FOLDER / "peers"), labels, *map(str, files)],
                          capture_output=True, text=True, check=True)
    return float(done.stdout)


def mean(values):
    return sum(values) / len(values)


def row(name, ours, theirs, seeds):
    difference = f"{100 * (ours - theirs):+.2f} points" if theirs is not None else "–"
    return (name, f"{seeds}", f"{ours:.4f}", f"{theirs:.4f}" if theirs is not None else "–", difference)


def measure(name, options):
    seeds = range(1, (options.seeds or NETWORKS[name]) + 1)
    ours = mean([run_nnkit(name, seed, options) for seed in seeds])
    try:
        theirs = mean([run_torch(name, seed, options) for seed in seeds])
    except (LookupError, OSError) as error:
        left_out("PyTorch", error)
        theirs = None
    return row(name, ours, theirs, len(seeds))


def ensemble(options):
    seeds = list(range(1, MEMBERS + 1))
    for seed in seeds:
        run_nnkit(ENSEMBLE, seed, options)
    text = nnkit("evaluate", *[options.folder / f"{ENSEMBLE}-{seed}" for seed in seeds])
    ours = float(re.search(r"together.*accuracy ([.\d]+)", text).group(1))
    try:
        for seed in seeds:
            run_torch(ENSEMBLE, seed, options)
        theirs = torch_together(seeds, options)
    except (LookupError, OSError) as error:
        left_out("PyTorch", error)
        theirs = None
    return row(f"{MEMBERS} × {ENSEMBLE} together", ours, theirs, MEMBERS)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", default=",".join([*NETWORKS, "ensemble"]), help="names, with commas between them")
    parser.add_argument("--epochs", type=int, help="other than the configurations say")
    parser.add_argument("--seeds", type=int, help="how many, other than usual")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=BUILD / "network3")
    options = parser.parse_args()
    names = options.networks.split(",")
    for name in names:
        if name not in NETWORKS and name != "ensemble":
            parser.error(f"there is no network {name}; expected some of {', '.join(NETWORKS)}, ensemble")
    options.folder.mkdir(parents=True, exist_ok=True)
    head = ("network", "seeds", "nnkit", "PyTorch", "difference")
    rows = []
    for name in names:
        rows.append(ensemble(options) if name == "ensemble" else measure(name, options))
        print(table(head, rows), flush=True)


if __name__ == "__main__":
    main()
