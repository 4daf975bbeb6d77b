"""The layers of a workload, as workloads.json writes them. Needs Python's standard library alone.

`20@5` is 20 neurons with a window of 5 x 5, `32@3same` pads the image so that there are as many positions as places, `max2`
pools by the maximum of 2 x 2, and `100` is 100 neurons that hear everything. `:relu` behind it is the activation, and `*0.5` a
dropout. What arrives first is `1x28x28`, channels x height x width, or `784`."""

import re
from dataclasses import dataclass

PATTERN = re.compile(r"(?:max(?P<pool>\d+)|(?P<neurons>\d+)(?:@(?P<kernel>\d+)(?P<same>same)?)?)"
                     r"(?::(?P<activation>\w+))?(?:\*(?P<dropout>[\d.]+))?")


@dataclass
class Layer:
    """What arrives is `inputs`, channels x height x width; of numbers without places the last two are 1."""

    inputs: tuple
    neurons: int
    kernel: int | None  # None: the neurons hear everything
    padding: int
    pools: bool
    activation: str
    dropout: float

    @property
    def outputs(self):
        """Channels x height x width."""
        if self.kernel is None:
            return self.neurons, 1, 1
        _, height, width = self.inputs
        if self.pools:
            return self.neurons, height // self.kernel, width // self.kernel
        return self.neurons, *(size + 2 * self.padding - self.kernel + 1 for size in (height, width))

    @property
    def fan_in(self):
        channels, height, width = self.inputs
        return channels * (height * width if self.kernel is None else self.kernel**2)

    @property
    def weights(self):
        return 0 if self.pools else self.neurons * self.fan_in

    @property
    def products(self):
        """Multiplications of one sample's weighted inputs."""
        _, height, width = self.outputs
        return self.weights * height * width


def layers(texts, hidden, output):
    """The layers, from a list of texts or of plain numbers; `hidden` and `output` are the activations of dense layers where
    none is written."""
    first, *others = map(str, texts)
    sizes = [int(size) for size in first.split("x")]
    arriving = tuple(sizes) if len(sizes) == 3 else (sizes[0], 1, 1)
    found = []
    for place, text in enumerate(others):
        match = PATTERN.fullmatch(text)
        if not match:
            raise ValueError(f"no layer is written as {text}")
        pools = match["pool"] is not None
        kernel = int(match["pool"] or match["kernel"] or 0) or None
        standard = output if place == len(others) - 1 else hidden if kernel is None else "identity"
        found.append(Layer(
            arriving, arriving[0] if pools else int(match["neurons"]), kernel,
            kernel // 2 if match["same"] else 0, pools, match["activation"] or standard, float(match["dropout"] or 0)))
        arriving = found[-1].outputs
    return found
