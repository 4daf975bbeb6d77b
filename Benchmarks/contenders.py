"""The contenders: which there are, with which settings, and how to talk with them."""

import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import samples

FOLDER = Path(__file__).parent
BUILD = FOLDER / ".build"
PEER_PYTHON = os.environ.get("PEER_PYTHON", str(FOLDER / ".venv/bin/python"))
# The folder of nnkit's programs, from `swift build --show-bin-path`.
PROGRAMS = Path(os.environ.get("NNKIT_PROGRAMS", FOLDER.parent / ".build/release"))

SCRIPTS = {
    "torch": "torch_steps.py",
    "numpy": "numpy_matrix.py",
    "nielsen": "numpy_nielsen.py",
    "jax": "jax_steps.py",
    "micrograd": "micrograd_steps.py",
}


def processor():
    """The processor's name."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def revision():
    """nnkit's commit."""
    git = ["git", "-C", str(FOLDER), "rev-parse", "--short", "HEAD"]
    return subprocess.run(git, capture_output=True, text=True).stdout.strip()


def settings(name, workload):
    """All settings of a contender that a workload is measured with."""
    forward = workload.get("pass") == "forward"
    if name == "torch":
        plain = ["single", "foreach", "fused", "compile"] if not forward else ["eager", "compile"]
        if "@" in "".join(map(str, workload["layers"])):
            plain = ["fused", "fused-last", "compile", "compile-last"]
        if len(workload["layers"]) == 2:
            plain = ["eager"]  # one product: nothing to compile
        # MKL takes AVX-512 on AMD's processors only where it believes to run on one of Intel's.
        return plain + ([f"{setting}+mkl-intel" for setting in plain] if "AMD" in processor() else [])
    if name == "jax":
        return ["scan", "steps"]
    if name == "fann":
        return ["incremental"] if forward or workload["batch"] == 1 else ["incremental", "batch"]
    return [""]


def compile_c(source, *flags):
    """Compiles one of the C files; answers the program."""
    BUILD.mkdir(exist_ok=True)
    program = BUILD / Path(source).stem
    program = program.with_suffix(".so") if "-shared" in flags else program
    command = ["cc", "-O3", "-march=native", str(FOLDER / "peers" / source), "-o", str(program), *flags]
    if not program.exists() or program.stat().st_mtime < (FOLDER / "peers" / source).stat().st_mtime:
        subprocess.run(command, check=True, capture_output=True, text=True)
    return program


def command(name):
    """What starts a contender; None where it cannot be."""
    if name.startswith("nnkit"):
        return [str(PROGRAMS / "NNKitBenchmark")]
    if name == "fann":
        try:
            version = subprocess.run(["pkg-config", "--modversion", "fann"], capture_output=True, text=True).stdout.strip()
            return [str(compile_c("fann.c", f'-DVERSION="{version}"', "-lfloatfann", "-lm"))]
        except (OSError, subprocess.CalledProcessError):
            raise LookupError("needs cc, pkg-config and libfann-dev") from None
    if not Path(PEER_PYTHON).exists():
        raise LookupError("no Python with the peers: make bench-peers")
    return [PEER_PYTHON, str(FOLDER / "peers" / SCRIPTS[name])]


# What holds a peer's libraries to AVX2.
AVX2_ONLY = {"ATEN_CPU_CAPABILITY": "avx2", "MKL_ENABLE_INSTRUCTIONS": "AVX2", "ONEDNN_MAX_CPU_ISA": "AVX2",
             "DNNL_MAX_CPU_ISA": "AVX2", "OPENBLAS_CORETYPE": "Haswell"}


def environment(threads, setting, level=None):
    variables = {key: value for key, value in os.environ.items() if key not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
    for key in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NPROC"):
        variables[key] = str(threads)
    variables["JAX_PLATFORMS"] = "cpu"
    if threads == 1:
        variables["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    if level == "avx2":
        variables |= AVX2_ONLY
        variables["XLA_FLAGS"] = variables.get("XLA_FLAGS", "") + " --xla_cpu_max_isa=AVX2"
    if setting.endswith("+mkl-intel"):
        variables["LD_PRELOAD"] = str(compile_c("mkl_intel.c", "-shared", "-fPIC"))
    return variables


def peak_memory(process):
    """The most memory that a process has had so far, in bytes."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def cores(threads):
    """As many of the cores that this process may use."""
    return sorted(os.sched_getaffinity(0))[:threads]


class Contender:
    """A process that has prepared one workload and runs it on request, on as many cores as it has threads, or on `on`."""

    def __init__(self, name, setting, workload, threads, on=None):
        self.name, self.setting, self.rates, self.loss, self.memory = name, setting, [], 0, 0
        set_name, count = workload.get("data", "digits"), workload.get("samples", 12800)
        values = {key: value for key, value in workload.items() if key not in ("title", "contenders", "limit")}
        values |= {"data": samples.prepare(BUILD, set_name, count), "samples": count, "threads": threads,
                   "setting": setting.removesuffix("+mkl-intel"), "layers": ",".join(map(str, workload["layers"]))}
        if name == "nnkit-plain":
            values["extended"] = 0
        if name == "nnkit-generic":
            values["neuron"] = "generic"
        self.errors = (BUILD / f"{name}-{setting}.log").open("w+")
        self.process = subprocess.Popen(
            command(name) + [f"{key}={value}" for key, value in values.items()], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=self.errors, text=True, env=environment(threads, setting, workload.get("level")),
            preexec_fn=lambda: os.sched_setaffinity(0, cores(on or threads)))

    def answer(self):
        line = self.process.stdout.readline()
        while line and not line.startswith("{"):
            line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            self.errors.seek(0)
            raise LookupError((self.errors.read().strip().splitlines() or [f"exit {self.process.returncode}"])[-1])
        return json.loads(line)

    def wait_until_ready(self):
        self.about = self.answer()
        self.title = f"{self.about['name']} {self.setting}".strip()
        if self.name.startswith("nnkit"):
            self.about["version"] = revision()
            self.title = self.name

    def run(self, seconds):
        """Runs once; remembers the rate in samples a second."""
        time.sleep(0.05)  # until other contenders' threads no longer wait busily
        self.process.stdin.write(f"run {seconds}\n")
        self.process.stdin.flush()
        answer = self.answer()
        self.loss = answer.get("loss", 0)
        self.rates.append(answer["samples"] / answer["seconds"])
        self.memory = peak_memory(self.process.pid)

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()
        self.errors.close()


def left_out(contender, error):
    print(f"left out: {contender}: {error}", file=sys.stderr)


def start(workload, threads, names):
    """Starts all contenders of a workload in all their settings."""
    started = []
    for name in names:
        try:
            started += [Contender(name, setting, workload, threads) for setting in settings(name, workload)]
        except LookupError as error:
            left_out(name, error)
    return started


def measure(workload, threads, names, repetitions, seconds):
    """Runs a workload's contenders in turn, `repetitions` times; answers them, closed.

    Those that cannot run are left out with a line."""
    contenders = start(workload, threads, names)

    def each(act):
        for contender in list(contenders):
            try:
                act(contender)
            except LookupError as error:
                left_out(f"{contender.name} {contender.setting}", error)
                contenders.remove(contender)
                contender.close()

    each(Contender.wait_until_ready)
    for _ in range(repetitions):
        each(lambda contender: contender.run(seconds))
    each(Contender.close)
    return contenders
