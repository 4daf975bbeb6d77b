"""Trains a network of nnkit's in PyTorch: from the same first weights, with the same settings and samples.

torch_network3.py MODEL SETTINGS OUTPUTS: MODEL is a file of nnkit's with the first weights, SETTINGS a JSON text, OUTPUTS
a file for the answers to the test samples. It prints the test accuracy.
"""

import gzip
import json
import math
import struct
import sys

import numpy as np
import torch
from torch.nn import functional

ACTIVATIONS = {"identity": lambda z: z, "sigmoid": torch.sigmoid, "relu": torch.relu, "tanh": torch.tanh,
               "softmax": lambda z: z}  # the loss takes z of the last layer
KINDS = {"maximum": functional.max_pool2d, "average": functional.avg_pool2d}


def read_model(path):
    """The description of a model, and its tensors by name (https://github.com/huggingface/safetensors)."""
    with open(path, "rb") as file:
        length = struct.unpack("<Q", file.read(8))[0]
        header = json.loads(file.read(length))
        data = file.read()
    description = json.loads(header.pop("__metadata__")["nnkit"])
    tensors = {}
    for name, tensor in header.items():
        begin, end = tensor["data_offsets"]
        kind = {"F32": np.float32, "F64": np.float64}[tensor["dtype"]]
        tensors[name] = torch.tensor(np.frombuffer(data[begin:end], kind).reshape(tensor["shape"]).astype(np.float32))
    return description, tensors


def read_idx(path):
    with gzip.open(path) if path.endswith(".gz") else open(path, "rb") as file:
        data = file.read()
    shape = struct.unpack(f">{data[3]}I", data[4:4 + 4 * data[3]])
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(shape)


class Network3(torch.nn.Module):
    """Layers with or without windows, each with the outputs of the one before; pooling; dropout."""

    def __init__(self, description, tensors):
        super().__init__()
        self.layers = description["layers"]
        self.weights, self.biases = torch.nn.ParameterDict(), torch.nn.ParameterDict()
        for index, layer in enumerate(self.layers):
            assert "sources" not in layer and "connections" not in layer, f"layer {index} has another wiring"
            if "kinds" in layer:
                continue
            weights, window = tensors[f"layers.{index}.weights"], layer.get("window")
            if window:
                weights = weights.reshape(-1, window["channels"] // window["groups"], *window["kernel"])
            self.weights[str(index)] = torch.nn.Parameter(weights.clone())
            self.biases[str(index)] = torch.nn.Parameter(tensors[f"layers.{index}.biases"].flatten().clone())

    def forward(self, x):
        """Weighted inputs of the last layer for samples × pixels."""
        for index, layer in enumerate(self.layers):
            window = layer.get("window")
            x = x.reshape(len(x), window["channels"], *window["image"]) if window else x.flatten(1)
            if "kinds" in layer:
                assert window["padding"] == [0, 0, 0, 0] and window["dilation"] == [1, 1]
                x = KINDS[layer["kinds"][0]["name"]](x, window["kernel"], window["stride"])
            elif window:
                x = functional.conv2d(x, self.weights[str(index)], self.biases[str(index)], window["stride"],
                                      window["padding"][:2], window["dilation"], window["groups"])
            else:
                x = functional.linear(x, self.weights[str(index)], self.biases[str(index)])
            x = ACTIVATIONS[layer["activations"][0]["name"]](x)
            x = functional.dropout(x, layer.get("dropout", 0), self.training)
        return x


def expanded(images, labels):
    """Each image and its four shifts by one pixel, as Nielsen's expand_mnist.py makes them."""
    def shifted(axis, step):
        moved = np.roll(images, step, axis)
        moved[(slice(None),) * axis + (0 if step > 0 else -1,)] = 0
        return moved
    all_images = [images] + [shifted(axis, step) for axis in (1, 2) for step in (1, -1)]
    return np.concatenate(all_images), np.concatenate([labels] * 5)


def answers(network, images):
    network.eval()
    with torch.no_grad():
        return torch.cat([functional.softmax(network(part), 1) for part in images.split(1000)])


def train(path, settings):
    torch.set_num_threads(settings["threads"])
    torch.manual_seed(settings["seed"])
    network = Network3(*read_model(path))
    images, labels = read_idx(settings["train"][0]), read_idx(settings["train"][1])
    if settings["expand"]:
        images, labels = expanded(images, labels)
    images = torch.tensor(images).flatten(1)
    labels = torch.tensor(labels.astype(np.int64))
    test = torch.tensor(read_idx(settings["test"][0]).reshape(-1, images.shape[1])).float() / 255
    # nnkit's l2 is of weights alone: (l2 / 2) · Σ w².
    optimizer = torch.optim.SGD([{"params": network.weights.values(), "weight_decay": settings["l2"]},
                                 {"params": network.biases.values()}], lr=settings["learning_rate"])
    steps = settings["epochs"] * math.ceil(len(images) / settings["batch"])
    # Half a cosine wave from the learning rate to 0, or the learning rate throughout.
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: (1 + math.cos(math.pi * step / steps)) / 2 if settings["cosine"] else 1)
    for _ in range(settings["epochs"]):
        network.train()
        for batch in torch.randperm(len(images)).split(settings["batch"]):
            loss = functional.cross_entropy(network(images[batch].float() / 255), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return answers(network, test), read_idx(settings["test"][1])


if __name__ == "__main__":
    found, right = train(sys.argv[1], json.loads(sys.argv[2]))
    np.save(sys.argv[3], found.numpy())
    print(float((found.argmax(1).numpy() == right).mean()))
