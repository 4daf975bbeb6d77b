"""What the contenders written in Python share: the workload, the samples, and the talk with the driver."""

import json
import math
import sys
import time
from dataclasses import dataclass

import numpy as np

from network import layers


@dataclass
class Workload:
    """What the driver asks for, as KEY=VALUE arguments; see workloads.json."""

    layers: list  # widths; the first is how many features a sample has
    network: list  # the layers themselves
    data: str
    samples: int
    batch: int = 1
    hidden: str = "identity"
    output: str = "identity"
    loss: str = "half_squared_error"
    optimizer: str = "sgd"
    learning_rate: float = 0
    momentum: float = 0
    threads: int = 1
    setting: str = ""
    forward: bool = False

    @classmethod
    def parse(cls):
        values = dict(argument.split("=", 1) for argument in sys.argv[1:])
        known = {
            key: int(value) if key in ("samples", "batch", "threads") else
            float(value) if key in ("learning_rate", "momentum") else value
            for key, value in values.items() if key in cls.__dataclass_fields__
        }
        known["network"] = layers(values["layers"].split(","), values.get("hidden", "identity"),
                                  values.get("output", "identity"))
        known["layers"] = [math.prod(layer.inputs) for layer in known["network"]] + [known["network"][-1].neurons]
        return cls(**known, forward=values.get("pass") == "forward")

    @property
    def image(self):
        """Channels x height x width of a sample; None where it is numbers without places."""
        return self.network[0].inputs if self.network[0].kernel else None

    def matrix(self, kind, columns):
        count = self.samples * columns
        return np.fromfile(f"{self.data}.{kind}", np.float32, count).reshape(self.samples, columns)

    @property
    def inputs(self):
        return self.matrix("inputs", self.layers[0])

    @property
    def targets(self):
        return self.matrix("targets", self.layers[-1])

    def weights(self):
        """A (fan-in, neurons) matrix and a vector of biases for each layer that has weights: He's for relu, else Glorot's."""
        random = np.random.default_rng(1)
        for layer in self.network:
            if layer.pools:
                continue
            fan_in, fan_out = layer.fan_in, layer.neurons
            variance = 1 / fan_in if self.hidden == "relu" else 2 / (fan_in + fan_out)
            if self.hidden == "relu" and fan_out != self.layers[-1]:
                variance = 2 / fan_in
            yield (random.normal(0, variance**0.5, (fan_in, fan_out)).astype(np.float32),
                   np.zeros(fan_out, np.float32))


def activations(workload):
    """The name of each layer's activation."""
    return [layer.activation for layer in workload.network]


def batches(workload):
    """The samples cut into batches: (inputs, targets), each in the order of the data."""
    count = workload.samples // workload.batch
    return list(zip(np.split(workload.inputs, count), np.split(workload.targets, count))) if not workload.forward \
        else [(inputs, None) for inputs in np.split(workload.inputs, count)]


class Steps:
    """Work that goes batch by batch: `step` is called with each batch in turn and answers its loss."""

    def __init__(self, workload, batches, step):
        self.batches, self.step, self.size, self.next = batches, step, workload.batch, 0

    def run(self, seconds):
        clock, batches, step, place = time.perf_counter, self.batches, self.step, self.next
        start, steps = clock(), 0
        while True:
            loss = step(*batches[place])
            steps += 1
            place = (place + 1) % len(batches)
            duration = clock() - start
            if duration >= seconds:
                break
        self.next = place
        return steps * self.size, duration, loss


class Epochs:
    """Work that goes over all the samples at once: `epoch` answers its loss, when it is done."""

    def __init__(self, workload, epoch):
        self.samples, self.epoch = workload.samples, epoch

    def run(self, seconds):
        start, epochs = time.perf_counter(), 0
        while True:
            loss = float(self.epoch())
            epochs += 1
            duration = time.perf_counter() - start
            if duration >= seconds:
                return epochs * self.samples, duration, loss


def serve(work, name, version, backend):
    """Warms up, says what this is, then answers each line `run SECONDS` with what was done in about that time."""
    work.run(0.5)
    work.run(0.5)
    print(json.dumps({"name": name, "version": version, "backend": backend}), flush=True)
    for line in sys.stdin:
        samples, seconds, loss = work.run(float(line.split()[1]))
        loss = 0 if loss is None else float(loss)
        print(json.dumps({"samples": samples, "seconds": seconds, "loss": loss}), flush=True)
