"""libfann reads networks that nnkit writes for it, and computes the same outputs; where a C compiler and libfann are there.

usage: fann_files.py NNKIT
"""

import json
import random
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

nnkit = sys.argv[1]
program = """
#include <doublefann.h>
#include <stdio.h>
int main(int count, char **arguments) {
  struct fann *network = fann_create_from_file(arguments[1]);
  fann_type input[4];
  const int is_scaled = count == 3;
  if (!network) return 1;
  while (scanf("%lf %lf %lf %lf", input, input + 1, input + 2, input + 3) == 4) {
    fann_type *output;
    if (is_scaled) fann_scale_input(network, input);
    output = fann_run(network, input);
    if (is_scaled) fann_descale_output(network, output);
    printf("%.17g %.17g\\n", output[0], output[1]);
  }
  return 0;
}
"""


def run(*words, standard_input=None):
    result = subprocess.run([*map(str, words)], input=standard_input, capture_output=True, text=True)
    if result.returncode:
        raise SystemExit(f"{' '.join(map(str, words))}: {result.stderr}")
    return result.stdout


def rounded(text):
    """A network's file with the numbers of its scaling in single precision."""
    single = lambda word: repr(struct.unpack("f", struct.pack("f", float(word)))[0])
    lines = []
    for line in text.splitlines():
        key, sign, words = line.partition("=")
        if key.startswith("scale_") and key != "scale_included":
            words = " ".join(map(single, words.split())) + " "
        lines.append(key + sign + words)
    return "\n".join(lines) + "\n"


with tempfile.TemporaryDirectory() as place:
    folder = Path(place)
    (folder / "ask.c").write_text(program)
    compiler = shutil.which("cc")
    compiled = compiler and subprocess.run(
        [compiler, folder / "ask.c", "-ldoublefann", "-lm", "-o", folder / "ask"], capture_output=True
    )
    if not compiled or compiled.returncode:
        print("skipped: libfann and its header are not there (Debian: libfann-dev)")
        sys.exit()
    generator = random.Random(4)
    # FANN keeps its scaling in single precision: the same network with its scaling so rounded is what it computes.
    worst = {"as written": 0.0, "scaled": 0.0, "scaled, rounded": 0.0}
    limits = {"as written": 1e-6, "scaled": 1e-5, "scaled, rounded": 1e-6}
    scale = {"scale": {"inputs": "standard", "targets": "standard"}}
    activations = ["sigmoid", "tanh", "identity", "gaussian", "softsign", "hard_tanh", "sine", "hard_sigmoid", "step"]
    for number in range(20):
        samples = [
            {"input": [generator.gauss(10, 3) for _ in range(4)], "target": [generator.gauss(5, 9) for _ in range(2)]}
            for _ in range(10)
        ]
        hidden = [
            {"neurons": (count := generator.randint(1, 8)), "activation": [generator.choice(activations) for _ in range(count)]}
            for _ in range(generator.randint(1, 3))
        ]
        layers = [*hidden, {"neurons": 2, "activation": "identity"}]
        if number % 5 == 2:
            layers = [{**layer, "sources": "all"} for layer in layers]
        if number % 4 == 1:
            layers[0]["connections"] = {"rate": 0.5}
        configuration = {
            "seed": number,
            "precision": "float64",
            "data": {"train": {"inline": samples}, **(scale if number % 2 else {})},
            "network": {"layers": layers},
            "loss": "squared_error",
            "training": {"epochs": 3},
            "report": False,
        }
        (folder / "net.json").write_text(json.dumps(configuration))
        run(nnkit, "run", folder / "net.json", "--output", folder / str(number), "--quiet")
        run(nnkit, "export", folder / str(number), folder / "net.net")
        lines = "\n".join(json.dumps(sample["input"]) for sample in samples)
        answers = run(nnkit, "predict", folder / str(number), "--input", "-", standard_input=lines)
        expected = [value for line in answers.splitlines() for value in json.loads(line)["outputs"]]
        words = "\n".join(" ".join(map(repr, sample["input"])) for sample in samples)
        found = list(map(float, run(folder / "ask", folder / "net.net", *["scaled"] * (number % 2), standard_input=words).split()))
        if len(found) != len(expected):
            raise SystemExit(f"network {number}: libfann gives {len(found)} outputs, expected {len(expected)}")

        def note(kind, outputs):
            difference = max(abs(a - b) / max(1, abs(b)) for a, b in zip(found, outputs))
            worst[kind] = max(worst[kind], difference)

        note("scaled" if number % 2 else "as written", expected)
        if number % 2:
            (folder / "rounded.net").write_text(rounded((folder / "net.net").read_text()))
            answers = run(nnkit, "predict", folder / "rounded.net", "--input", "-", standard_input=lines)
            note("scaled, rounded", [value for line in answers.splitlines() for value in json.loads(line)["outputs"]])
    if any(worst[kind] > limits[kind] for kind in worst):
        raise SystemExit(f"libfann's outputs differ by {worst}")
    print(f"20 networks: libfann's outputs differ by at most {', '.join(f'{v:.2g} ({k})' for k, v in worst.items())}")
