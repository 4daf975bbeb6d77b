import math


class Neuron:
    def __init__(self, weights, bias):
        self.weights = weights
        self.bias = bias

    def forward(self, inputs):
        assert len(inputs) == len(self.weights)
        self.inputs = inputs                      # kept for the backward pass
        z = sum(w * x for w, x in zip(self.weights, inputs)) + self.bias
        self.output = 1 / (1 + math.exp(-z))      # kept as well
        return self.output

    def backward(self, received):                 # received: dL/da
        delta = received * self.output * (1 - self.output)
        self.weight_gradients = [delta * x for x in self.inputs]
        self.bias_gradient = delta
        return [w * delta for w in self.weights]  # a message to each input

    def step(self, learning_rate):
        self.weights = [w - learning_rate * g for w, g in zip(self.weights, self.weight_gradients)]
        self.bias -= learning_rate * self.bias_gradient


class Layer:
    def __init__(self, neurons):
        self.neurons = neurons

    def forward(self, inputs):
        return [neuron.forward(inputs) for neuron in self.neurons]

    def backward(self, received):
        messages = [neuron.backward(r) for neuron, r in zip(self.neurons, received)]
        return [sum(to_one_input) for to_one_input in zip(*messages)]


class NN:
    def __init__(self, layers):
        self.layers = layers

    def forward(self, inputs):
        for layer in self.layers:
            inputs = layer.forward(inputs)
        return inputs

    def backward(self, received):
        for layer in reversed(self.layers):
            received = layer.backward(received)

    def learn(self, inputs, targets, learning_rate):
        outputs = self.forward(inputs)
        self.backward([a - y for a, y in zip(outputs, targets)])
        for layer in self.layers:                 # only after the whole backward pass
            for neuron in layer.neurons:
                neuron.step(learning_rate)


def loss(nn, inputs, targets):
    return sum((a - y) ** 2 / 2 for a, y in zip(nn.forward(inputs), targets))


def central_difference(nn, neuron, i, inputs, targets, h=1e-5):
    w = neuron.weights[i]
    neuron.weights[i] = w + h
    above = loss(nn, inputs, targets)
    neuron.weights[i] = w - h
    below = loss(nn, inputs, targets)
    neuron.weights[i] = w
    return (above - below) / (2 * h)


nn = NN([
    Layer([Neuron([0.15, 0.20], 0.35), Neuron([0.25, 0.30], 0.35)]),
    Layer([Neuron([0.40, 0.45], 0.60), Neuron([0.50, 0.55], 0.60)]),
])
inputs, targets = [0.05, 0.10], [0.01, 0.99]
print("loss at first:", loss(nn, inputs, targets))
for step in range(10000):
    nn.learn(inputs, targets, 0.5)
    if step == 0:
        print("after one step:", loss(nn, inputs, targets))
print("after 10000 steps:", loss(nn, inputs, targets))
