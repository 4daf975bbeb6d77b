"""Trainings of several ranks, each with one rank killed at a random moment: all ranks end in time, and the run is continued
to its end.

    NNKIT=.build/release/nnkit python3 Tests/Ranks/kills.py [--runs 100] [--limit 10] [--seed N]

`make mpi` has to come before; MPIRUN names another launcher. A run is continued with a random number of ranks, and its
weights must be close to those of a run that was left alone.

The launcher may hang although all ranks have ended: mpirun of Open MPI 4.1.4 with PMIx 4.2.2 waits for a lock of its own in
PMIx_server_finalize in about one of 200 kills. That is counted apart.
"""

import argparse
import json
import os
import pathlib
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.path.abspath(os.environ.get("NNKIT", ROOT / ".build" / "release" / "nnkit"))
MPIRUN = os.environ.get("MPIRUN", "mpirun")
EPOCHS = 12
# More ranks than processors, as root, in a container.
ENVIRONMENT = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                   OMPI_MCA_rmaps_base_oversubscribe="1", OMPI_MCA_btl_vader_single_copy_mechanism="none")
CONFIGURATION = f"""seed: 7
data: {{train: {{generator: {{name: spirals, samples: 400, noise: 0.1}}}}, validation: 0.2}}
network:
  layers:
    - {{neurons: 128, activation: tanh, dropout: 0.1}}
    - {{neurons: 128, activation: tanh}}
    - {{neurons: 2, activation: softmax}}
loss: cross_entropy
threads: 1
communicator: {{name: mpi, time_limit: 20SHARED}}
training:
  epochs: {EPOCHS}
  batch: 16
  optimizer: {{name: adam, learning_rate: 0.002}}
  checkpoint: {{epochs: 1, seconds: 0.02}}
report: false
"""


def ranks_of(folder):
    """The ranks' processes: those of the program with this run's folder among their words, but not what they start."""
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if words and words[0] == PROGRAM.encode() and str(folder).encode() in words:
            found[int(entry.name)] = parent
    return sorted(process for process, parent in found.items() if parent not in found)


def start(count, words):
    return subprocess.Popen([MPIRUN, "-n", str(count), PROGRAM, "run", *words, "--quiet"], env=ENVIRONMENT,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def weights(path):
    """The numbers of a model, by name."""
    data = path.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + size])
    arrays = {}
    for name, entry in header.items():
        if name != "__metadata__":
            first, end = entry["data_offsets"]
            arrays[name] = struct.unpack(f"<{(end - first) // 4}f", data[8 + size + first:8 + size + end])
    return arrays


def distance(one, other):
    return max(max(abs(a - b) for a, b in zip(one[name], other[name])) / max(map(abs, one[name])) for name in one)


class Faults(list):
    def append(self, text):
        print(text, flush=True)
        super().append(text)


def main():
    options = argparse.ArgumentParser(description="Ranks that are killed.")
    options.add_argument("--runs", type=int, default=100)
    options.add_argument("--limit", type=float, default=10, help="seconds within which all ranks have to end")
    options.add_argument("--seed", type=int, default=None)
    options.add_argument("--library", action="store_true", help="sums by the library, without shared memory")
    given = options.parse_args()
    if not shutil.which(MPIRUN):
        sys.exit(f"skipped: there is no {MPIRUN}; `make mpi` installs one")
    seed = given.seed if given.seed is not None else random.randrange(10 ** 6)
    print(f"seed {seed}, {given.runs} kills", flush=True)
    chance = random.Random(seed)
    longest, kills, hung, faults, continued = 0.0, 0, 0, Faults(), 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        config = folder / "config.yaml"
        config.write_text(CONFIGURATION.replace("SHARED", ", shared_memory: false" if given.library else ""))
        begin = time.monotonic()
        left_alone = start(2, [config, "--output", folder / "alone"])
        text = left_alone.communicate()[0]
        if left_alone.returncode != 0:
            sys.exit(f"a run that is left alone failed:\n{text}")
        whole = time.monotonic() - begin
        expected = weights(folder / "alone" / "model.safetensors")
        number = -1
        while kills < given.runs:
            number += 1
            run = folder / f"run-{number}"
            count = chance.choice([2, 2, 3, 4])
            process = start(count, [config, "--output", run])
            time.sleep(chance.uniform(0, 0.8) * whole)
            alive = ranks_of(run)
            if not alive:
                process.communicate()
                shutil.rmtree(run, ignore_errors=True)
                continue
            os.kill(chance.choice(alive), signal.SIGKILL)
            kills += 1
            killed = time.monotonic()
            while (late := ranks_of(run)) and time.monotonic() - killed < given.limit:
                time.sleep(0.02)
            longest = max(longest, time.monotonic() - killed)
            if late:
                faults.append(f"run {number}: {late} of {count} ranks have not ended {given.limit} s after one was killed")
                for rank in late:
                    os.kill(rank, signal.SIGKILL)
            try:
                text = process.communicate(timeout=given.limit)[0]
            except subprocess.TimeoutExpired:
                hung += 1
                print(f"run {number}: all ranks have ended, {MPIRUN} has not", flush=True)
                process.kill()
                text = process.communicate()[0]
            if process.returncode == 0:
                faults.append(f"run {number}: exit code 0 although a rank was killed:\n{text}")
            if text.count("error: ") > 1:
                faults.append(f"run {number}: more than one error:\n{text}")
            if ranks_of(run):
                faults.append(f"run {number}: orphans {ranks_of(run)}")
            # Killed before the run had a folder, it begins again.
            words = ["--resume", run] if run.exists() else [config, "--output", run]
            again = start(chance.choice([2, 3, 4]), words)
            text = again.communicate()[0]
            summary = run / "summary.json"
            if again.returncode != 0 or not summary.exists():
                faults.append(f"run {number}: not continued:\n{text}")
                continue
            continued += 1
            epochs = json.loads(summary.read_text())["epochs"]
            far = distance(expected, weights(run / "model.safetensors"))
            if epochs != EPOCHS or far > 1e-2:
                faults.append(f"run {number}: {epochs} epochs, weights {far:.1e} from those of a run left alone")
            shutil.rmtree(run)
            if kills % 10 == 0:
                print(f"{kills} ranks killed, {len(faults)} faults", flush=True)
    print(f"{kills} ranks killed; all others ended within {longest:.1f} s; {continued} runs continued to their end;"
          f" {MPIRUN} hung {hung} times after they had ended")
    sys.exit(1 if faults or kills == 0 else 0)


if __name__ == "__main__":
    main()
