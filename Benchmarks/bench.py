#!/usr/bin/env python3
"""nnkit and its peers side by side; README.md tells what is measured and how. Needs Python's standard library alone."""

import argparse
import json
import os
import platform
import sys
from datetime import date

import report
from contenders import BUILD, FOLDER, measure, processor
from limits import Limits

WORKLOADS = json.loads((FOLDER / "workloads.json").read_text())


def options():
    def words(text):
        return text.split(",")

    parser = argparse.ArgumentParser(description="Measures nnkit and its peers on the same work.")
    parser.add_argument("--workloads", type=words, default=[name for name, w in WORKLOADS.items() if w["contenders"]],
                        help="which, W2,W4 for example (default: all)")
    parser.add_argument("--threads", type=lambda text: [int(word) for word in text.split(",")], default=[1, 2])
    parser.add_argument("--repetitions", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.5, help="of each repetition (default: 0.5)")
    parser.add_argument("--only", type=words, help="contenders: nnkit, torch, numpy, nielsen, jax, fann, micrograd")
    parser.add_argument("--output", help="a file that takes the report too")
    return parser.parse_args()


class Output:
    """Prints, and writes to a file as well if there is one."""

    def __init__(self, path):
        self.file = open(path, "w") if path else None

    def write(self, text):
        print(text, flush=True)
        if self.file:
            print(text, file=self.file, flush=True)


def main():
    arguments = options()
    BUILD.mkdir(exist_ok=True)
    output = Output(arguments.output)
    output.write(f"# nnkit and its peers\n\n{date.today()}, {processor()}, {os.cpu_count()} cores, {platform.system()}; "
                 f"{arguments.repetitions} repetitions of {arguments.seconds} s, in turn.\n")

    def chosen(names):
        return [name for name in names if not arguments.only or name in arguments.only]

    results, limits = [], []
    for threads in arguments.threads:
        limit = Limits(threads, chosen(["nnkit", "torch", "numpy", "jax"]), 3, arguments.seconds)
        limits.append(limit)
        for name in arguments.workloads:
            if name not in WORKLOADS:
                sys.exit(f"no workload {name}; there are {', '.join(WORKLOADS)}")
            workload = WORKLOADS[name]
            contenders = measure(workload, threads, chosen(workload["contenders"]), arguments.repetitions,
                                 arguments.seconds)
            if contenders:
                results.append(report.Result(name, workload, threads, contenders, limit.samples_per_second(workload)))
                output.write(results[-1].details())
    for text in (report.summary(results), report.gains(results), *map(str, limits), "", report.versions(results)):
        output.write(text)


main()
