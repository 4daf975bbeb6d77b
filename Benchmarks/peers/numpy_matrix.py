"""numpy, whole batches as matrices, in place wherever numpy can."""

import numpy as np

from common import Steps, Workload, activations, batches, serve


def respond(activation, z):
    """f(z), in place."""
    if activation == "sigmoid":
        np.negative(z, out=z)
        np.exp(z, out=z)
        z += 1
        np.reciprocal(z, out=z)
    elif activation == "relu":
        np.maximum(z, 0, out=z)
    elif activation == "softmax":
        z -= z.max(axis=1, keepdims=True)
        np.exp(z, out=z)
        z /= z.sum(axis=1, keepdims=True)
    return z


def evaluate(loss, a, y):
    """The mean loss of a batch."""
    if loss == "half_squared_error":
        return 0.5 * np.square(a - y).sum() / len(y)
    if loss == "binary_cross_entropy":
        return -(y * np.log(a) + (1 - y) * np.log(1 - a)).sum() / len(y)
    return -(y * np.log(a)).sum() / len(y)


class Network:
    def __init__(self, workload):
        self.workload = workload
        self.activations = activations(workload)
        self.layers = [list(layer) for layer in workload.weights()]
        self.state = [[np.zeros_like(p) for p in layer] for layer in self.layers]
        self.state2 = [[np.zeros_like(p) for p in layer] for layer in self.layers]
        self.steps = 0

    def forward(self, x, _=None):
        self.outputs = [x]
        for (w, b), activation in zip(self.layers, self.activations):
            z = self.outputs[-1] @ w
            z += b
            self.outputs.append(respond(activation, z))

    def step(self, x, y):
        self.forward(x)
        self.steps += 1
        a = self.outputs[-1]
        loss = evaluate(self.workload.loss, a, y)
        delta = a - y
        if self.workload.loss == "half_squared_error":
            delta *= a * (1 - a)
        delta /= len(x)
        for index in reversed(range(len(self.layers))):
            a, w = self.outputs[index], self.layers[index][0]
            gradients = a.T @ delta, delta.sum(axis=0)
            if index > 0:
                delta = delta @ w.T
                delta *= a > 0 if self.workload.hidden == "relu" else a * (1 - a)
            for which, gradient in enumerate(gradients):
                self.move(index, which, gradient)
        return loss

    def move(self, index, which, g):
        parameter, rate = self.layers[index][which], self.workload.learning_rate
        if self.workload.optimizer == "adam":
            m, v = self.state[index][which], self.state2[index][which]
            m *= 0.9
            m += 0.1 * g
            v *= 0.999
            np.square(g, out=g)
            g *= 0.001
            v += g
            np.sqrt(v, out=g)
            g /= (1 - 0.999**self.steps) ** 0.5
            g += 1e-8
            np.divide(m, g, out=g)
            g *= rate / (1 - 0.9**self.steps)
            parameter -= g
        elif self.workload.momentum:
            v = self.state[index][which]
            v *= self.workload.momentum
            v += g
            parameter -= rate * v
        else:
            g *= rate
            parameter -= g


def main():
    workload = Workload.parse()
    network = Network(workload)
    step = network.forward if workload.forward else network.step
    blas = np.show_config("dicts")["Build Dependencies"]["blas"]
    serve(Steps(workload, batches(workload), step), "numpy", np.__version__, f"{blas['name']} {blas['version']}")


main()
