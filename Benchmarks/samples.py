"""The samples that all contenders train on, as files of float32: FOLDER/NAME.inputs and FOLDER/NAME.targets."""

import random
from array import array


def images(count, features):
    """Shaped like normalised images: half of the features are 0, the others uniform in 0 … 1; ten classes."""
    source = random.Random(1)
    inputs, targets = array("f"), array("f")
    for _ in range(count):
        inputs.extend(max(0.0, 2 * source.random() - 1) for _ in range(features))
        label = source.randrange(10)
        targets.extend(float(place == label) for place in range(10))
    return inputs, targets


def xor(count):
    """The truth table of exclusive or, again and again."""
    return array("f", [0, 0, 0, 1, 1, 0, 1, 1] * (count // 4)), array("f", [0, 1, 1, 0] * (count // 4))


MAKERS = {"digits": lambda count: images(count, 784), "colours": lambda count: images(count, 3 * 32 * 32), "xor": xor}


def prepare(folder, name, count):
    """Writes a set of samples unless it is there; answers the path without its ending."""
    path = folder / f"{name}-{count}"
    if not path.with_suffix(".targets").exists():
        for kind, values in zip(("inputs", "targets"), MAKERS[name](count)):
            path.with_suffix(f".{kind}").write_bytes(values.tobytes())
    return path
