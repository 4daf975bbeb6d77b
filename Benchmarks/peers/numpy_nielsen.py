"""numpy in the manner of network.py in Nielsen's "Neural Networks and Deep Learning": one sample after another."""

import numpy as np

from common import Steps, Workload, batches, serve


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


class Network:
    def __init__(self, workload):
        self.rate, self.loss = workload.learning_rate, workload.loss
        layers = list(workload.weights())
        self.weights = [np.ascontiguousarray(w.T) for w, _ in layers]
        self.biases = [b.reshape(-1, 1) for _, b in layers]

    def update_mini_batch(self, xs, ys):
        nabla_b = [np.zeros_like(b) for b in self.biases]
        nabla_w = [np.zeros_like(w) for w in self.weights]
        total = 0
        for x, y in zip(xs, ys):
            loss, delta_b, delta_w = self.backprop(x, y)
            total += loss
            nabla_b = [nb + dnb for nb, dnb in zip(nabla_b, delta_b)]
            nabla_w = [nw + dnw for nw, dnw in zip(nabla_w, delta_w)]
        scale = np.float32(self.rate / len(xs))
        self.weights = [w - scale * nw for w, nw in zip(self.weights, nabla_w)]
        self.biases = [b - scale * nb for b, nb in zip(self.biases, nabla_b)]
        return total / len(xs)

    def backprop(self, x, y):
        activations = [x]
        for b, w in zip(self.biases, self.weights):
            activations.append(sigmoid(np.dot(w, activations[-1]) + b))
        a = activations[-1]
        delta = a - y
        if self.loss == "half_squared_error":
            loss = 0.5 * np.square(delta).sum()
            delta = delta * a * (1 - a)
        else:
            loss = -(y * np.log(a) + (1 - y) * np.log(1 - a)).sum()
        nabla_b, nabla_w = [delta], [np.dot(delta, activations[-2].T)]
        for layer in range(2, len(self.weights) + 1):
            a = activations[-layer]
            delta = np.dot(self.weights[-layer + 1].T, delta) * a * (1 - a)
            nabla_b.insert(0, delta)
            nabla_w.insert(0, np.dot(delta, activations[-layer - 1].T))
        return loss, nabla_b, nabla_w


def main():
    workload = Workload.parse()
    columns = [([x.reshape(-1, 1) for x in xs], [y.reshape(-1, 1) for y in ys]) for xs, ys in batches(workload)]
    blas = np.show_config("dicts")["Build Dependencies"]["blas"]
    serve(Steps(workload, columns, Network(workload).update_mini_batch), "Nielsen-style numpy", np.__version__, f"{blas['name']} {blas['version']}")


main()
