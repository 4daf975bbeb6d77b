"""Two ranks on two "hosts" with a delay between them: their speed, beside what the model of scaling.py predicts.

    NNKIT=.build/release/nnkit python3 Benchmarks/networks.py [--delays 0,1,10] [--workloads W4,W6] [--seconds 5]

The hosts are two network namespaces of this machine, each with a host name of its own, and a pair of virtual interfaces
between them that `tc netem` delays by so many milliseconds in each direction; where the kernel has no netem, a process carries
the packets and delays them, which costs processor time of its own. mpirun runs in the first one and starts the
second rank through a launch agent that enters the other. It needs root, ip, tc, and Open MPI; without them it says so and
ends.
"""

import argparse
import json
import os
import pathlib
import shutil
import stat
import subprocess
import sys
import tempfile

import scaling

HOSTS = {"nnkit-a": "10.77.31.1", "nnkit-b": "10.77.31.2"}
AGENT = """#!/bin/sh
# What mpirun runs in place of ssh: AGENT [OPTIONS] HOST COMMAND…
while [ "${1#-}" != "$1" ]; do shift; done
host=$1; shift
case $host in
  10.77.31.1) name=nnkit-a;;
  10.77.31.2) name=nnkit-b;;
  *) echo "no host $host" >&2; exit 1;;
esac
exec ip netns exec $name unshare --uts sh -c "hostname $name; $*"
"""


def run(*words):
    return subprocess.run(words, capture_output=True, text=True)


def lacks():
    """Why it cannot run here."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    for program in ["ip", "tc", "unshare", scaling.MPIRUN, scaling.MPICC]:
        if not shutil.which(program):
            return f"there is no {program}"
    if "Open MPI" not in run(scaling.MPIRUN, "--version").stdout and "Open" not in run(scaling.MPIRUN, "--version").stdout:
        return f"{scaling.MPIRUN} is not Open MPI's"
    for name in HOSTS:
        made = run("ip", "netns", "add", name)
        if made.returncode != 0:
            return f"ip netns add: {made.stderr.strip()}"
    return None


def has_netem():
    """Whether this kernel can delay packets by itself."""
    run("ip", "netns", "exec", "nnkit-a", "ip", "link", "set", "lo", "up")
    done = run("tc", "-n", "nnkit-a", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms")
    run("tc", "-n", "nnkit-a", "qdisc", "del", "dev", "lo", "root")
    return done.returncode == 0


def ip(words):
    done = run("ip", *words.split())
    if done.returncode != 0:
        sys.exit(f"ip {words}: {done.stderr.strip()}")


class Line:
    """What connects the two hosts, with so many milliseconds of delay in each direction."""

    def __init__(self, milliseconds, uses_netem, delayer):
        self.process = None
        if uses_netem or milliseconds == 0:
            ip("link add nnkit-va netns nnkit-a type veth peer name nnkit-vb netns nnkit-b")
        else:
            self.process = subprocess.Popen(
                [delayer, "nnkit-a", "nnkit-va", "nnkit-b", "nnkit-vb", str(int(1000 * milliseconds))],
                stdout=subprocess.PIPE)
            if self.process.stdout.readline() != b"ready\n":
                sys.exit("skipped: there can be no interfaces with a delay")
        for name, interface in [("nnkit-a", "nnkit-va"), ("nnkit-b", "nnkit-vb")]:
            ip(f"-n {name} addr add {HOSTS[name]}/24 dev {interface}")
            ip(f"-n {name} link set {interface} mtu {60000 if self.process else 1500} txqueuelen 10000 up")
            ip(f"-n {name} link set lo up")
            if uses_netem and milliseconds > 0:
                done = run("tc", "-n", name, "qdisc", "add", "dev", interface, "root", "netem", "delay",
                           f"{milliseconds}ms", "limit", "100000")
                if done.returncode != 0:
                    sys.exit(f"tc netem: {done.stderr.strip()}")

    def end(self):
        if self.process:
            self.process.terminate()
            self.process.wait()
        else:
            run("ip", "-n", "nnkit-a", "link", "del", "nnkit-va")


def launcher(agent, ranks=2):
    return ["ip", "netns", "exec", "nnkit-a", "unshare", "--uts", "sh", "-c", 'hostname nnkit-a; exec "$@"', "sh",
            scaling.MPIRUN, "-n", str(ranks), "--host", ",".join(HOSTS.values()), "--map-by", "node", "--bind-to", "none",
            "--mca", "plm_rsh_agent", str(agent), "--mca", "btl", "tcp,self", "--mca", "btl_tcp_if_include", "10.77.31.0/24",
            "--mca", "oob_tcp_if_include", "10.77.31.0/24"]


def rate(program, folder, words, workload, batch, seconds):
    """Samples a second of two ranks, the median of the epochs after the first."""
    epochs = 2
    while True:
        out = pathlib.Path(folder, "run")
        shutil.rmtree(out, ignore_errors=True)
        pathlib.Path(folder, "config.yaml").write_text(scaling.configuration(workload, batch, epochs, 1))
        scaling.run(words + [program, "run", "config.yaml", "--quiet", "--output", out, "--communicator", "mpi"], folder)
        lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()][1:]
        spent = sum(line["seconds"] for line in lines)
        if spent >= seconds or epochs > 1000:
            rates = sorted(line["samples_per_second"] for line in lines)
            return rates[len(rates) // 2]
        epochs = max(epochs + 1, min(1000, int(1.3 * epochs * seconds / max(spent, 1e-3))))


def sums(folder, words):
    """What sums of some sizes take, between the two hosts."""
    program = pathlib.Path(folder, "allreduce")
    scaling.run([scaling.MPICC, "-O2", scaling.HERE / "peers" / "allreduce.c", "-o", program], folder)
    found = [line.split() for line in scaling.run(words + [program, "short"], folder).splitlines()]
    return ([(int(size), float(seconds)) for what, size, seconds in found if what == "sum"],
            next(float(seconds) / int(size) for what, size, seconds in found if what == "addition"))


def main():
    options = argparse.ArgumentParser(description="Two ranks with a delay between them.")
    options.add_argument("--delays", default="0,1,10", help="milliseconds in each direction")
    options.add_argument("--workloads", default="W4,W6")
    options.add_argument("--seconds", type=float, default=4)
    given = options.parse_args()
    reason = lacks()
    if reason:
        print(f"skipped: {reason}")
        return
    program = os.path.abspath(os.environ.get("NNKIT", scaling.HERE.parent / ".build" / "release" / "nnkit"))
    try:
        with tempfile.TemporaryDirectory() as folder:
            agent = pathlib.Path(folder, "agent")
            agent.write_text(AGENT)
            agent.chmod(agent.stat().st_mode | stat.S_IXUSR)
            words = launcher(agent)
            delayer = pathlib.Path(folder, "delay")
            scaling.run(["cc", "-O2", scaling.HERE / "peers" / "delay.c", "-o", delayer], folder)
            uses_netem = has_netem()
            print("delayed by " + ("tc netem" if uses_netem else "a process between two interfaces: this kernel has no netem"))
            scaling.write_samples(folder)
            alone = {}
            for name in given.workloads.split(","):
                workload = scaling.ALL[name]
                alone[name] = workload["batch"] / scaling.rate(
                    program, folder, workload, workload["batch"], 1, given.seconds)
            print("| delay | workload, a rank's batch | ms a step, measured | predicted | of two ranks' ideal, measured |"
                  " predicted |\n|---|---|---|---|---|---|")
            for milliseconds in map(float, given.delays.split(",")):
                line = Line(milliseconds, uses_netem, delayer)
                found, gamma = sums(folder, words)
                alpha = min(seconds for size, seconds in found if size <= 512) / 2
                beta = max(1e-13, (found[-1][1] - 2 * alpha) / found[-1][0] - gamma / 2)
                print(f"sums: " + ", ".join(f"{n:,} B {1e3 * t:.2f} ms" for n, t in found)
                      + f"; alpha {1e3 * alpha:.2f} ms, 1/beta {1e-9 / beta:.2f} GB/s", file=sys.stderr)
                for name in given.workloads.split(","):
                    workload = scaling.ALL[name]
                    batch = workload["batch"]
                    step = 2 * batch / rate(program, folder, words, workload, 2 * batch, given.seconds)
                    predicted = scaling.step_seconds(
                        alone[name], scaling.parameters(workload["layers"]), 2, (alpha, beta, gamma))
                    print(f"| {milliseconds:g} ms | {name}, {batch} | {1e3 * step:.1f} | {1e3 * predicted:.1f} |"
                          f" {alone[name] / step:.2f} | {alone[name] / predicted:.2f} |", flush=True)
                line.end()
    finally:
        for name in HOSTS:
            run("ip", "netns", "del", name)


if __name__ == "__main__":
    main()
