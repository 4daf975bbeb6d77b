"""What the machine can do at most, and what share of it a workload's samples a second come to."""

import os
import subprocess

from contenders import cores, compile_c, measure
from peers.network import layers

# Layers that do nothing but a product; samples, inputs and neurons are its m, k and n.
SHAPES = [(256, 784, 512), (1280, 784, 1024), (512, 784, 2048)]


def best_product(threads, names, repetitions, seconds):
    """The best measured rate of matrix products in operations a second, and whose it is."""
    best = (0, "none")
    for batch, inputs, neurons in SHAPES:
        workload = {"layers": [inputs, neurons], "pass": "forward", "batch": batch}
        for contender in measure(workload, threads, names, repetitions, seconds):
            best = max(best, (2 * inputs * neurons * max(contender.rates), contender.title))
    return best


def bandwidth(size, threads):
    """How many bytes a second are read where `size` bytes are read again and again."""
    process = subprocess.run(
        [str(compile_c("bandwidth.c", "-pthread")), str(size), str(threads)], check=True, capture_output=True, text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, cores(threads)))
    return 1e9 * float(process.stdout)


def weights(workload):
    """How many weights each layer has."""
    return [layer.weights for layer in layers(workload["layers"], "", "")]


def operations(workload):
    """Multiplications and additions of all products for one sample: forward, weight gradients, messages."""
    counts = [layer.products for layer in layers(workload["layers"], "", "")]
    forward = 2 * sum(counts)
    return forward if workload.get("pass") == "forward" else 2 * forward + 2 * sum(counts[1:])


def touched(workload):
    """Bytes of weights for one sample: each is read once and, in training, written once."""
    return 4 * sum(weights(workload)) * (1 if workload.get("pass") == "forward" else 2)


class Limits:
    """The machine's limits with a number of threads, each measured when first asked for."""

    def __init__(self, threads, names, repetitions, seconds):
        self.threads, self.how, self.product, self.bandwidths = threads, (names, repetitions, seconds), None, {}

    def samples_per_second(self, workload):
        """As many samples a second as the machine's limit allows."""
        if workload.get("limit") == "bandwidth":
            size = max(4 * sum(weights(workload)), 16384)
            if size not in self.bandwidths:
                self.bandwidths[size] = bandwidth(size, self.threads)
            return self.bandwidths[size] / touched(workload)
        if self.product is None:
            self.product = best_product(self.threads, *self.how)
        return self.product[0] / operations(workload)

    def __str__(self):
        parts = [f"{value / 1e9:.0f} GB/s over {size / 1e3:,.0f} kB" for size, value in sorted(self.bandwidths.items())]
        if self.product:
            parts.insert(0, f"products at {self.product[0] / 1e9:.0f} GF/s ({self.product[1]})")
        return f"Limits, {self.threads} thread{'s' * (self.threads > 1)}: {'; '.join(parts)}."
