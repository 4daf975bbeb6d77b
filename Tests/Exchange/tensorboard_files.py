"""TensorBoard reads what `report: {tensorboard: true}` leaves, before and after a run is resumed.

usage: tensorboard_files.py NNKIT
"""

import io
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

nnkit = sys.argv[1]


def run(*words):
    result = subprocess.run([nnkit, *map(str, words)], capture_output=True, text=True)
    if result.returncode:
        raise SystemExit(f"nnkit {' '.join(map(str, words))}: {result.stderr}")


def check(condition, what):
    if not condition:
        raise SystemExit(f"TensorBoard: {what}")


with tempfile.TemporaryDirectory() as place:
    folder = Path(place)
    pictures = numpy.random.default_rng(1).integers(0, 255, (40, 5, 4), "u1")
    numpy.save(folder / "x.npy", pictures)
    numpy.save(folder / "y.npy", numpy.arange(40) % 2)
    configuration = {
        "data": {"train": {"npy": {"inputs": "x.npy", "targets": "y.npy"}}, "validation": 0.25, "scale": "unit"},
        "network": {"layers": [{"neurons": 6, "activation": "tanh"}, {"neurons": 2, "activation": "softmax"}]},
        "loss": "cross_entropy",
        "training": {"epochs": 4},
        "report": {"tensorboard": True},
    }
    (folder / "net.json").write_text(json.dumps(configuration))
    run("run", folder / "net.json", "--output", folder / "run", "--quiet")
    for epochs in [4, 7]:
        if epochs == 7:
            run("run", "--resume", folder / "run", "--epochs", 7, "--quiet")
        metrics = [json.loads(line) for line in (folder / "run/metrics.jsonl").read_text().splitlines()]
        check(len(metrics) == epochs, f"metrics.jsonl has {len(metrics)} epochs")
        events = EventAccumulator(str(folder / "run"), size_guidance={"histograms": 0, "images": 0, "scalars": 0})
        events.Reload()
        tags = events.Tags()
        check(tags["graph"], "no graph")
        for tag, key in [
            ("loss/train", "train_loss"),
            ("loss/validation", "validation_loss"),
            ("accuracy/validation", "validation_accuracy"),
            ("training/learning_rate", "learning_rate"),
        ]:
            check(tag in tags["scalars"], f"no scalar {tag} among {tags['scalars']}")
            found = [(event.step, event.value) for event in events.Scalars(tag)]
            check([step for step, _ in found] == list(range(1, epochs + 1)), f"{tag} has the steps {found}")
            wanted = [numpy.float32(line[key]) for line in metrics]
            check(numpy.array_equal([value for _, value in found], wanted), f"{tag}: {found}, expected {wanted}")
        for layer, weights in [(0, 120), (1, 12)]:
            for name in ["weights", "biases", "outputs", "local_gradient_sizes"]:
                histogram = events.Histograms(f"layer_{layer}/{name}")[-1].histogram_value
                check(sum(histogram.bucket) == histogram.num > 0, f"layer_{layer}/{name} has {histogram}")
                check(list(histogram.bucket_limit) == sorted(set(histogram.bucket_limit)), f"limits of {name}")
                if name == "weights":
                    check(histogram.num == weights, f"layer {layer} has {histogram.num} weights")
        image = events.Images("layer_0/neuron_5")[-1]
        check((image.width, image.height) == (4, 5), f"an image of {image.width} × {image.height}")
        check(image.encoded_image_string.startswith(b"\x89PNG"), "an image that is no PNG")
    # Kernels are pictures: channels side by side, a weight 8 pixels wide, each neuron on its own scale.
    colours = numpy.random.default_rng(2).integers(0, 255, (20, 2, 6, 6), "u1")
    numpy.save(folder / "x.npy", colours)
    numpy.save(folder / "y.npy", numpy.arange(20) % 2)
    configuration["network"]["layers"][0] = {"neurons": 3, "kernel": [2, 3], "activation": "tanh"}
    (folder / "windows.json").write_text(json.dumps(configuration))
    run("run", folder / "windows.json", "--output", folder / "windows", "--quiet")
    events = EventAccumulator(str(folder / "windows"), size_guidance={"images": 0})
    events.Reload()
    image = events.Images("layer_0/neuron_2")[-1]
    pixels = numpy.asarray(Image.open(io.BytesIO(image.encoded_image_string)))
    check(pixels.shape == (image.height, image.width) == (16, 56), f"a picture of {pixels.shape}")
    data = (folder / "windows/model.safetensors").read_bytes()
    length = int.from_bytes(data[:8], "little")
    begin, end = json.loads(data[8 : 8 + length])["layers.0.weights"]["data_offsets"]
    kernel = numpy.frombuffer(data[8 + length :][begin:end], "f4").reshape(3, 2, 2, 3)[2]
    grey = numpy.concatenate([kernel[0], numpy.full((2, 1), numpy.nan), kernel[1]], axis=1)
    wanted = numpy.where(numpy.isnan(grey), 255, 128 + numpy.round(127 * grey / numpy.abs(kernel).max()))
    check(numpy.abs(pixels[::8, ::8].astype(int) - wanted).max() <= 1, f"a kernel's picture is {pixels[::8, ::8]}")
print("TensorBoard reads scalars, histograms, pictures and the graph, of a resumed run too")
