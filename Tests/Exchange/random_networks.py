"""Random networks over all bundled functions: exported as ONNX, checked, run by ONNX Runtime, and imported again.

usage: random_networks.py NNKIT [COUNT]
"""

import json
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy
import onnx
import onnxruntime

nnkit = sys.argv[1]
count = int(sys.argv[2]) if len(sys.argv) > 2 else 100


def run(*words, standard_input=None):
    result = subprocess.run([nnkit, *map(str, words)], input=standard_input, capture_output=True, text=True)
    if result.returncode:
        raise SystemExit(f"nnkit {' '.join(map(str, words))}: {result.stderr}")
    return result.stdout


def names(kind):
    listing = run("plugins", "list")
    found = re.findall(rf"(?m)^{kind} +(\w+)", listing)
    if len(found) < 5:
        raise SystemExit(f"`nnkit plugins list` shows no {kind}:\n{listing}")
    return found


whole_layer = ["softmax", "log_softmax"]
activations = [name for name in names("activation") if name not in whole_layer]
kinds = names("neuron")
seen = set()


def activation(generator):
    name = activations[len(seen) % len(activations)] if len(seen) < len(activations) else generator.choice(activations)
    seen.add(name)
    values = {"leaky_relu": ("slope", 0, 0.5), "elu": ("alpha", 0.5, 2), "celu": ("alpha", 0.5, 2)}
    if name in values and generator.random() < 0.5:
        parameter, low, high = values[name]
        return {"name": name, parameter: round(generator.uniform(low, high), 3)}
    return name


def layer(generator, last):
    neurons = generator.randint(1, 9)
    if last and generator.random() < 0.5:
        return {"neurons": max(2, neurons), "activation": generator.choice([*whole_layer, "identity"])}
    entry = {"neurons": neurons}
    mixed = generator.random() < 0.4
    entry["activation"] = [activation(generator) for _ in range(neurons)] if mixed else activation(generator)
    if generator.random() < 0.5:
        if generator.random() < 0.4:
            entry["neuron"] = [generator.choice(kinds) for _ in range(neurons)]
        else:
            entry["neuron"] = generator.choice(kinds)
    return entry


def configuration(generator):
    inputs = generator.randint(1, 8)
    depth = generator.randint(1, 4)
    layers = [layer(generator, index == depth - 1) for index in range(depth)]
    last = layers[-1]["activation"]
    responses = last if isinstance(last, list) else [last] * layers[-1]["neurons"]
    # Targets that the last layer can give.
    signs = [-1 if response in ["log_sigmoid", "log_softmax"] else 1 for response in responses]
    is_free = all(response == "identity" for response in responses)
    samples = [
        {
            "input": [round(generator.gauss(3, 2), 4) for _ in range(inputs)],
            "target": [
                round(generator.gauss(0, 40) if is_free else sign * generator.uniform(0.1, 0.9), 4) for sign in signs
            ],
        }
        for _ in range(12)
    ]
    scale = {"inputs": generator.choice(["none", "standard", "unit"])}
    if is_free:
        scale["targets"] = "standard"
    return {
        "seed": generator.randint(0, 1 << 30),
        "data": {"train": {"inline": samples}, "scale": scale},
        "network": {"layers": layers},
        "loss": "squared_error",
        "training": {"epochs": 1, "batch": 4, "optimizer": {"name": "sgd", "learning_rate": 1e-6}},
        "report": False,
    }, inputs


def weights(path):
    data = Path(path).read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    body = data[8 + length :]
    return {
        name: body[slice(*entry["data_offsets"])] for name, entry in header.items() if name.startswith("layers.")
    }


def exported(described, inputs, folder, number, generator, mean, samples):
    """Trains a network and exports it: its folder, samples as lines, its own outputs, and how far ONNX Runtime's are from them."""
    place = Path(folder) / str(number)
    place.mkdir()
    (place / "net.json").write_text(json.dumps(described))
    run("run", place / "net.json", "--output", place / "run", "--quiet")
    run("export", place / "run", place / "net.onnx", "--strict")
    onnx.checker.check_model(onnx.load(place / "net.onnx"), full_check=True)
    x = numpy.array([[generator.gauss(mean, 2) for _ in range(inputs)] for _ in range(samples)], numpy.float32)
    lines = "\n".join(json.dumps([float(value) for value in row]) for row in x)
    expected = outputs(place / "run", lines)
    (found,) = onnxruntime.InferenceSession(str(place / "net.onnx")).run(["y"], {"x": x})
    difference = numpy.abs(found - expected).max() / max(1, numpy.abs(expected).max())
    if not difference <= 1e-5:
        raise SystemExit(f"network {number}: ONNX Runtime differs by {difference}: {json.dumps(described['network'])}")
    return place, lines, expected, difference


def outputs(model, lines):
    """What nnkit answers to samples, a line each."""
    answers = run("predict", model, "--input", "-", standard_input=lines)
    return numpy.array([json.loads(line)["outputs"] for line in answers.splitlines()])


def main():
    worst = 0.0
    generator = random.Random(20)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            described, inputs = configuration(generator)
            place, _, _, difference = exported(described, inputs, folder, number, generator, mean=3, samples=64)
            worst = max(worst, difference)
            run("import", place / "net.onnx", "--output", place / "again.safetensors")
            if weights(place / "run/model.safetensors") != weights(place / "again.safetensors"):
                raise SystemExit(f"network {number}: imported weights differ: {json.dumps(described['network'])}")
    missing = [name for name in activations if name not in seen]
    if missing and count >= 100:
        raise SystemExit(f"no network had {missing}")
    print(f"{count} random networks: ONNX Runtime differs by at most {worst:.2g} (relative); imported weights are the same bytes")


if __name__ == "__main__":
    main()
