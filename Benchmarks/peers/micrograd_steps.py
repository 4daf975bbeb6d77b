"""micrograd, with the sigmoid that it lacks."""

import math
from importlib.metadata import version

from micrograd.engine import Value
from micrograd.nn import Neuron

from common import Steps, Workload, batches, serve


def sigmoid(z):
    a = 1 / (1 + math.exp(-z.data))
    out = Value(a, (z,), "sigmoid")

    def backward():
        z.grad += a * (1 - a) * out.grad

    out._backward = backward
    return out


class Network:
    def __init__(self, workload):
        self.rate = workload.learning_rate
        self.layers = [
            [Neuron(fan_in, nonlin=False) for _ in range(neurons)]
            for fan_in, neurons in zip(workload.layers, workload.layers[1:])
        ]
        self.parameters = [p for layer in self.layers for neuron in layer for p in neuron.parameters()]

    def step(self, x, y):
        for layer in self.layers:
            x = [sigmoid(neuron(x)) for neuron in layer]
        loss = sum((a - t) ** 2 for a, t in zip(x, y)) * 0.5
        for p in self.parameters:
            p.grad = 0
        loss.backward()
        for p in self.parameters:
            p.data -= self.rate * p.grad
        return loss.data


def main():
    workload = Workload.parse()
    data = [(x[0].tolist(), y[0].tolist()) for x, y in batches(workload)]
    serve(Steps(workload, data, Network(workload).step), "micrograd", version("micrograd"), "Python")


main()
