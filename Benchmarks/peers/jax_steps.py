"""jax. Settings: scan (one jitted lax.scan over all the batches) and steps (a jitted call for each batch)."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from common import Epochs, Workload, activations, serve

ACTIVATIONS = {"sigmoid": jax.nn.sigmoid, "relu": jax.nn.relu, "softmax": jax.nn.softmax, "identity": lambda z: z}
LOSSES = {
    # From the last layer's weighted inputs.
    "half_squared_error": lambda z, y: 0.5 * jnp.square(jax.nn.sigmoid(z) - y).sum() / len(y),
    "binary_cross_entropy": lambda z, y: (jax.nn.softplus(z) - y * z).sum() / len(y),
    "cross_entropy": lambda z, y: -(y * jax.nn.log_softmax(z)).sum() / len(y),
}


def weighted_inputs(workload, layers, x, key=None):
    """Those of the last layer. Images lie with the channels last, which XLA computes fastest."""
    parameters = iter(layers)
    for place, layer in enumerate(workload.network):
        if layer.kernel is None:
            w, b = next(parameters)
            x = x.reshape(len(x), -1) @ w + b
        elif layer.pools:
            n, height, width, channels = x.shape
            x = x.reshape(n, height // layer.kernel, layer.kernel, width // layer.kernel, layer.kernel, channels).max((2, 4))
        else:
            w, b = next(parameters)
            w = w.reshape(layer.kernel, layer.kernel, layer.inputs[0], layer.neurons)
            x = jax.lax.conv_general_dilated(x, w, (1, 1), [(layer.padding,) * 2] * 2,
                                             dimension_numbers=("NHWC", "HWIO", "NHWC")) + b
        if place == len(workload.network) - 1:
            return x
        x = ACTIVATIONS[layer.activation](x)
        if layer.dropout:
            kept = jax.random.bernoulli(jax.random.fold_in(key, place), 1 - layer.dropout, x.shape)
            x = jnp.where(kept, x / (1 - layer.dropout), 0)


def move(workload, p, g, state):
    """The parameter and its optimizer's state after a step."""
    if workload.optimizer == "adam":
        m, v, t = state
        m, v, t = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g, t + 1
        return p - workload.learning_rate * (m / (1 - 0.9**t)) / (jnp.sqrt(v / (1 - 0.999**t)) + 1e-8), (m, v, t)
    if workload.momentum:
        v = workload.momentum * state[0] + g
        return p - workload.learning_rate * v, (v,)
    return p - workload.learning_rate * g, ()


def first_state(workload, p):
    if workload.optimizer == "adam":
        return jnp.zeros_like(p), jnp.zeros_like(p), jnp.zeros(())
    return (jnp.zeros_like(p),) if workload.momentum else ()


def training_step(workload, carry, batch):
    layers, states, key = carry
    key, own = jax.random.split(key) if any(layer.dropout for layer in workload.network) else (key, key)
    loss, gradients = jax.value_and_grad(
        lambda layers: LOSSES[workload.loss](weighted_inputs(workload, layers, batch[0], own), batch[1]))(layers)
    moved = [[move(workload, *item) for item in zip(*layer)] for layer in zip(layers, gradients, states)]
    return ([[p for p, _ in layer] for layer in moved], [[s for _, s in layer] for layer in moved], key), loss


def forward_step(workload, layers, batch):
    outputs = ACTIVATIONS[workload.output](weighted_inputs(workload, layers, batch[0]))
    return layers, outputs.sum()


class Network:
    def __init__(self, workload):
        count = workload.samples // workload.batch
        inputs = workload.inputs.reshape(count, workload.batch, -1)
        if workload.image:
            inputs = np.moveaxis(inputs.reshape(count, workload.batch, *workload.image), 2, 4)
        self.data = (inputs,)
        if not workload.forward:
            self.data += (workload.targets.reshape(count, workload.batch, -1),)
        layers = [[jnp.array(p) for p in layer] for layer in workload.weights()]
        states = [[first_state(workload, p) for p in layer] for layer in layers]
        self.carry = layers if workload.forward else (layers, states, jax.random.key(1))
        step = partial(forward_step if workload.forward else training_step, workload)
        if workload.setting == "scan":
            self.data = jax.tree.map(jnp.array, self.data)
            self.run = jax.jit(partial(jax.lax.scan, step), donate_argnums=0)
        else:
            self.data = [tuple(jnp.array(item[index]) for item in self.data) for index in range(count)]
            self.run = jax.jit(step, donate_argnums=0)

    def scan(self):
        self.carry, losses = self.run(self.carry, self.data)
        return np.asarray(losses).mean()

    def steps(self):
        for batch in self.data:
            self.carry, loss = self.run(self.carry, batch)
        jax.block_until_ready(self.carry)
        return loss


def main():
    workload = Workload.parse()
    network = Network(workload)
    serve(Epochs(workload, getattr(network, workload.setting)), "jax", jax.__version__, "XLA " + jax.default_backend())


main()
