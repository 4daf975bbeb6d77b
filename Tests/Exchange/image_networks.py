"""Random networks of windows, pools and joins: exported as ONNX, checked, run by ONNX Runtime, and imported again.

usage: image_networks.py NNKIT [COUNT]
"""

import json
import random
import sys
import tempfile

import numpy

from random_networks import exported, outputs, run, weights

count = int(sys.argv[2]) if len(sys.argv) > 2 else 60
activations = ["relu", "tanh", "sigmoid", "softmax", "leaky_relu", "gelu", "softplus", "silu", "identity"]


def shape_after(entry, shape):
    """The shape of a layer's outputs, or None if its window does not fit."""
    channels, height, width = shape
    if "kernel" not in entry:
        return None
    kernel = entry["kernel"]
    if kernel == "all":
        return (entry.get("neurons", channels), 1, 1)
    pooling = "pool" in entry
    sides = []
    for side, size in enumerate((height, width)):
        kernel_size = kernel[side]
        stride = entry.get("stride", kernel if pooling else [1, 1])[side]
        padding = entry.get("padding", [0, 0])[side]
        room = size + 2 * padding - entry.get("dilation", 1) * (kernel_size - 1) - 1
        if room < 0:
            return None
        sides.append(room // stride + 1)
    return (entry.get("neurons", channels), *sides)


def window(generator, shape, kinds):
    channels, height, width = shape
    kernel = [generator.randint(1, min(4, height)), generator.randint(1, min(4, width))]
    if generator.random() < 0.35:
        entry = {"pool": generator.choice(["maximum", "average"]), "kernel": kernel}
        if generator.random() < 0.2:
            entry["kernel"] = "all"
    else:
        groups = generator.choice([g for g in range(1, channels + 1) if channels % g == 0])
        neurons = groups * generator.randint(1, 4)
        entry = {"neurons": neurons, "kernel": kernel, "activation": generator.choice(activations)}
        if neurons == 1 and entry["activation"] == "softmax":
            entry["activation"] = "tanh"
        if groups > 1:
            entry["groups"] = groups
        elif generator.random() < 0.2 and entry["activation"] != "softmax":
            entry["activation"] = [generator.choice(["relu", "tanh", "sigmoid"]) for _ in range(neurons)]
        if kinds and generator.random() < 0.5:
            entry["neuron"] = generator.choice(["radial_basis", "product", "quadratic", "cosine"])
    if entry["kernel"] != "all":
        if generator.random() < 0.5:
            entry["stride"] = [generator.randint(1, 2), generator.randint(1, 3)]
        if generator.random() < 0.4:
            entry["padding"] = [generator.randint(0, (size - 1) // 2) for size in kernel]
        if generator.random() < 0.2:
            entry["dilation"] = 2
    return entry


def configuration(generator, kinds):
    channels, height, width = generator.randint(1, 3), generator.randint(1, 9), generator.randint(4, 9)
    shapes = [(channels, height, width)]
    layers = []
    for _ in range(generator.randint(1, 4)):
        here = shapes[-1]
        entry = None
        while entry is None or shape_after(entry, here) is None:
            entry = window(generator, here, kinds)
        # A join of everything of the same size, or of the same shape.
        alike = [index for index, shape in enumerate(shapes) if shape[1:] == here[1:]]
        if len(alike) > 1 and generator.random() < 0.7:
            same = [index for index in alike if shapes[index] == here]
            if len(same) > 1 and generator.random() < 0.5:
                entry["sources"] = ["inputs" if index == 0 else index - 1 for index in same]
                entry["join"] = "add"
            elif "groups" not in entry:
                entry["sources"] = ["inputs" if index == 0 else index - 1 for index in alike]
                here = (sum(shapes[index][0] for index in alike), *here[1:])
        layers.append(entry)
        shapes.append(shape_after(entry, here))
    used = {source for entry in layers for source in entry.get("sources", [])}
    unused = [index for index in range(len(layers) - 1) if "sources" in layers[index + 1] and index not in used]
    last = {"neurons": 3, "activation": "softmax"}
    if unused or generator.random() < 0.2:
        last["sources"] = sorted({*unused, len(layers) - 1})
    if generator.random() < 0.3:
        layers.append({"neurons": 4, "activation": "tanh", **({"sources": last.pop("sources")} if "sources" in last else {})})
        if generator.random() < 0.5:
            layers[-1]["connections"] = {"rate": 0.5}
    layers.append(last)
    inputs = channels * height * width
    samples = [
        {"input": [round(generator.gauss(1, 2), 4) for _ in range(inputs)], "target": [float(k == i % 3) for k in range(3)]}
        for i in range(6)
    ]
    return {
        "seed": generator.randint(0, 1 << 30),
        "data": {"train": {"inline": samples}, "scale": {"inputs": generator.choice(["none", "standard"])}},
        "network": {"image": {"channels": channels, "height": height, "width": width}, "layers": layers},
        "loss": "cross_entropy",
        "training": {"epochs": 1, "batch": 4, "optimizer": {"name": "sgd", "learning_rate": 0.01}},
        "report": False,
    }, inputs


worst = 0.0
generator = random.Random(18)
imported = 0
with tempfile.TemporaryDirectory() as folder:
    for number in range(count):
        # Neurons of other kinds with a window are written as rows of windows, which nnkit does not read back.
        kinds = number % 4 == 3
        described, inputs = configuration(generator, kinds)
        place, lines, expected, difference = exported(described, inputs, folder, number, generator, mean=1, samples=16)
        worst = max(worst, difference)
        layers = described["network"]["layers"]
        spread = [entry for entry in layers if entry.get("pool") == "average" and "dilation" in entry]
        if any("neuron" in entry and "kernel" in entry for entry in layers) or any("padding" in entry for entry in spread):
            continue
        run("import", place / "net.onnx", "--output", place / "again.safetensors")
        again = outputs(place / "again.safetensors", lines)
        if spread:
            before = after = None  # such a pool is written as a Conv, and comes back as weights
        else:
            before, after = weights(place / "run/model.safetensors"), weights(place / "again.safetensors")
        if before != after or not numpy.abs(again - expected).max() <= 1e-6:
            raise SystemExit(f"network {number}: the imported network differs: {json.dumps(described['network'])}")
        imported += 1
print(
    f"{count} random networks of windows: ONNX Runtime differs by at most {worst:.2g} (relative); {imported} imported, with"
    " the same bytes of weights"
)
