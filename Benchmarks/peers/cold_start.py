"""A whole program that learns Fashion-MNIST: imports, reads, trains epoch by epoch until 0.88 of the test pictures are
right, and says in how many epochs. Arguments: torch, jax or sklearn; threads; the folder of the data."""

import gzip
import sys

import numpy as np

PEER, THREADS, FOLDER = sys.argv[1], int(sys.argv[2]), sys.argv[3]
TARGET, EPOCHS, BATCH, RATE, HIDDEN = 0.88, 30, 64, 0.003, 100


def read(name):
    with gzip.open(f"{FOLDER}/{name}-images-idx3-ubyte.gz") as file:
        images = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 784)
    with gzip.open(f"{FOLDER}/{name}-labels-idx1-ubyte.gz") as file:
        labels = np.frombuffer(file.read(), np.uint8, offset=8)
    return images.astype(np.float32) / 255, labels.astype(np.int64)


def torch_epochs(train, test):
    import torch

    torch.set_num_threads(THREADS)
    torch.manual_seed(1)
    x, y, tests, labels = map(torch.from_numpy, (*train, *test))
    model = torch.nn.Sequential(torch.nn.Linear(784, HIDDEN), torch.nn.SiLU(), torch.nn.Linear(HIDDEN, 10))
    optimizer, loss = torch.optim.Adam(model.parameters(), RATE, fused=True), torch.nn.CrossEntropyLoss()
    while True:
        order = torch.randperm(len(x))
        for first in range(0, len(x), BATCH):
            some = order[first:first + BATCH]
            optimizer.zero_grad(set_to_none=True)
            loss(model(x[some]), y[some]).backward()
            optimizer.step()
        with torch.no_grad():
            yield (model(tests).argmax(1) == labels).float().mean().item()


def jax_epochs(train, test):
    import jax
    import jax.numpy as jnp

    random = np.random.default_rng(1)
    weights = [(random.standard_normal((m, n), np.float32) / np.sqrt(m), np.zeros(n, np.float32))
               for m, n in ((784, HIDDEN), (HIDDEN, 10))]
    state = (weights, *(jax.tree.map(np.zeros_like, weights) for _ in range(2)), 0)

    def answer(weights, x):
        (w1, b1), (w2, b2) = weights
        return jax.nn.silu(x @ w1 + b1) @ w2 + b2

    def loss(weights, x, y):
        return -jnp.mean(jax.nn.log_softmax(answer(weights, x))[jnp.arange(len(y)), y])

    def step(state, batch):
        weights, mean, square, count = state
        gradients, count = jax.grad(loss)(weights, *batch), count + 1
        mean = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, mean, gradients)
        square = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, square, gradients)
        weights = jax.tree.map(
            lambda w, m, v: w - RATE * m / (1 - 0.9**count) / (jnp.sqrt(v / (1 - 0.999**count)) + 1e-8), weights, mean, square)
        return (weights, mean, square, count), None

    @jax.jit
    def epoch(state, x, y, order):
        whole = order[:len(order) // BATCH * BATCH].reshape(-1, BATCH)
        return jax.lax.scan(lambda state, some: step(state, (x[some], y[some])), state, whole)[0]

    x, y = map(jnp.asarray, train)
    while True:
        state = epoch(state, x, y, random.permutation(len(x)))
        yield float((answer(state[0], test[0]).argmax(1) == test[1]).mean())


def sklearn_epochs(train, test):
    from sklearn.neural_network import MLPClassifier

    # It has no silu.
    model = MLPClassifier((HIDDEN,), activation="relu", batch_size=BATCH, learning_rate_init=RATE, random_state=1)
    while True:
        model.partial_fit(*train, classes=np.arange(10))
        yield model.score(*test)


best = 0
for number, accuracy in enumerate({"torch": torch_epochs, "jax": jax_epochs, "sklearn": sklearn_epochs}[PEER](
        read("train"), read("t10k")), 1):
    best = max(best, accuracy)
    if accuracy >= TARGET or number == EPOCHS:
        print(number, best)
        break
