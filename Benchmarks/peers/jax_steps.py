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


def weighted_inputs(workload, layers, x):
    for (w, b), activation in zip(layers[:-1], activations(workload)):
        x = ACTIVATIONS[activation](x @ w + b)
    return x @ layers[-1][0] + layers[-1][1]


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
    layers, states = carry
    loss, gradients = jax.value_and_grad(
        lambda layers: LOSSES[workload.loss](weighted_inputs(workload, layers, batch[0]), batch[1]))(layers)
    moved = [[move(workload, *item) for item in zip(*layer)] for layer in zip(layers, gradients, states)]
    return ([[p for p, _ in layer] for layer in moved], [[s for _, s in layer] for layer in moved]), loss


def forward_step(workload, layers, batch):
    outputs = ACTIVATIONS[workload.output](weighted_inputs(workload, layers, batch[0]))
    return layers, outputs.sum()


class Network:
    def __init__(self, workload):
        count = workload.samples // workload.batch
        cut = lambda matrix: matrix.reshape(count, workload.batch, -1)
        self.data = (cut(workload.inputs),) if workload.forward else (cut(workload.inputs), cut(workload.targets))
        layers = [[jnp.array(p) for p in layer] for layer in workload.weights()]
        states = [[first_state(workload, p) for p in layer] for layer in layers]
        self.carry = layers if workload.forward else (layers, states)
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
