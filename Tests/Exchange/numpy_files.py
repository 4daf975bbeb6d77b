"""Arrays that NumPy writes are read as data, and predictions that nnkit writes are read by NumPy.

usage: numpy_files.py NNKIT
"""

import itertools
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy

nnkit = sys.argv[1]
random = numpy.random.default_rng(3)


def run(*words, standard_input=None, text=True):
    result = subprocess.run([nnkit, *map(str, words)], input=standard_input, capture_output=True, text=text)
    if result.returncode:
        raise SystemExit(f"nnkit {' '.join(map(str, words))}: {result.stderr}")
    return result.stdout


def model(folder, name, source):
    configuration = {
        "seed": 1,
        "precision": "float64",
        "data": {"train": source, "scale": "standard"},
        "network": {"layers": [{"neurons": 3, "activation": "tanh"}, {"neurons": 1, "activation": "identity"}]},
        "loss": "squared_error",
        "training": {"epochs": 2},
        "report": False,
    }
    (folder / f"{name}.json").write_text(json.dumps(configuration))
    run("run", folder / f"{name}.json", "--output", folder / name, "--quiet")
    return (folder / name / "model.safetensors").read_bytes()


shapes = {2: (20, 6), 3: (20, 3, 2), 4: (20, 1, 2, 3)}
count = 0
with tempfile.TemporaryDirectory() as place:
    folder = Path(place)
    numbers = random.integers(0, 100, (20, 6))
    targets = random.normal(size=20)
    numpy.save(folder / "y.npy", targets)
    lines = [{"input": row.tolist(), "target": [target]} for row, target in zip(numbers.astype(float), targets)]
    expected = model(folder, "inline", {"inline": lines})
    for element, order, dimensions, layout in itertools.product(
        ["f4", "f8", "u1", "i4", "i8"], "<>", shapes, "CF"
    ):
        array = numpy.require(numbers.reshape(shapes[dimensions]).astype(order + element), requirements=layout)
        numpy.save(folder / "x.npy", array)
        if element == "u1":
            # Pictures are scaled by their known range where that is asked for; `standard` is the same for all.
            pass
        name = f"{element}{'le' if order == '<' else 'be'}{dimensions}{layout}"
        found = model(folder, name, {"npy": {"inputs": "x.npy", "targets": "y.npy"}})
        if found != expected:
            raise SystemExit(f"{name}: the model differs from that of the same numbers in the configuration")
        count += 1
    for name, save in [("stored", numpy.savez), ("packed", numpy.savez_compressed)]:
        save(folder / f"{name}.npz", samples=numbers.astype("f8"), targets=targets)
        source = {"npz": {"path": f"{name}.npz", "inputs": "samples", "targets": "targets"}}
        if model(folder, name, source) != expected:
            raise SystemExit(f"{name}.npz: the model differs from that of the same numbers in the configuration")
    standard_input = "\n".join(json.dumps(row) for row in numbers.tolist())
    answers = run("predict", folder / "inline", "--input", "-", standard_input=standard_input)
    array = run("predict", folder / "inline", "--input", "-", "--format", "npy", standard_input=standard_input.encode(), text=False)
    (folder / "answers.npy").write_bytes(array)
    loaded = numpy.load(folder / "answers.npy")
    if loaded.dtype != numpy.float64 or loaded.tolist() != [json.loads(line)["outputs"] for line in answers.splitlines()]:
        raise SystemExit("predict --format npy differs from its lines of JSON")
print(f"{count} arrays of NumPy and 2 archives give the model of the same numbers; predictions are read by NumPy")
