"""PyTorch. Settings: single, foreach, fused (its optimizers, eager), compile (torch.compile, fused optimizer);
for the forward pass alone eager and compile. `-last` behind it lays images out with the channels last."""

import torch
from torch.nn import functional

from common import Steps, Workload, activations, batches, serve

MODULES = {"sigmoid": torch.nn.Sigmoid, "relu": torch.nn.ReLU, "softmax": lambda: torch.nn.Softmax(dim=1)}
LOSSES = {
    # The last two take weighted inputs, not outputs: PyTorch's fastest way.
    "half_squared_error": lambda a, y: 0.5 * functional.mse_loss(a, y, reduction="sum") / len(y),
    "binary_cross_entropy": lambda z, y: functional.binary_cross_entropy_with_logits(z, y, reduction="sum") / len(y),
    "cross_entropy": functional.cross_entropy,
}


def module(layer, w, b):
    """The layer with these weights, still without its activation."""
    if layer.kernel:
        made = torch.nn.Conv2d(layer.inputs[0], layer.neurons, layer.kernel, padding=layer.padding)
    else:
        made = torch.nn.Linear(*w.shape)
    made.weight.data = torch.from_numpy(w.T.reshape(made.weight.shape).copy())
    made.bias.data = torch.from_numpy(b)
    return made


def model(workload):
    modules, weights = [], workload.weights()
    for layer in workload.network:
        if layer.kernel is None and layer.inputs[1:] != (1, 1):
            modules.append(torch.nn.Flatten())
        modules.append(torch.nn.MaxPool2d(layer.kernel) if layer.pools else module(layer, *next(weights)))
        if layer.activation in MODULES:
            modules.append(MODULES[layer.activation]())
        if layer.dropout:
            modules.append(torch.nn.Dropout(layer.dropout))
    if not workload.forward and workload.loss != "half_squared_error":
        modules.pop()
    network = torch.nn.Sequential(*modules)
    return network.to(memory_format=torch.channels_last) if workload.setting.endswith("-last") else network


def optimizer(workload, parameters):
    way = workload.setting.removesuffix("-last")
    how = {"fused": True} if way in ("fused", "compile") else {"foreach": workload.setting == "foreach"}
    if workload.optimizer == "adam":
        return torch.optim.Adam(parameters, lr=workload.learning_rate, **how)
    return torch.optim.SGD(parameters, lr=workload.learning_rate, momentum=workload.momentum, **how)


def training_step(workload):
    network, loss = model(workload), LOSSES[workload.loss]
    step = optimizer(workload, network.parameters())

    def evaluate(x, y):
        return loss(network(x), y)

    if workload.setting.startswith("compile"):
        evaluate = torch.compile(evaluate)

    def train(x, y):
        step.zero_grad(set_to_none=True)
        value = evaluate(x, y)
        value.backward()
        step.step()
        return value

    return train


def forward_step(workload):
    network = model(workload).eval()
    if workload.setting == "compile":
        network = torch.compile(network)

    def answer(x, _):
        with torch.inference_mode():
            network(x)

    return answer


def main():
    workload = Workload.parse()
    torch.set_num_threads(workload.threads)

    def targets(y):
        if y is None:
            return None
        return torch.from_numpy(y.argmax(axis=1) if workload.loss == "cross_entropy" else y)

    def inputs(x):
        x = torch.from_numpy(x).reshape(-1, *(workload.image or x.shape[1:]))
        return x.contiguous(memory_format=torch.channels_last) if workload.setting.endswith("-last") else x

    data = [(inputs(x), targets(y)) for x, y in batches(workload)]
    step = forward_step(workload) if workload.forward else training_step(workload)
    backend = f"{torch.backends.cpu.get_cpu_capability()}, MKL {torch.backends.mkl.is_available()}"
    serve(Steps(workload, data, step), "PyTorch", torch.__version__, backend)


main()
