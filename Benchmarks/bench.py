#!/usr/bin/env python3
"""nnkit and its peers side by side; README.md says what is measured and how. Needs Python's standard library alone."""

import argparse
import json
import os
import platform
import sys
from datetime import date

import extras
import report
import studies
import whole
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
    parser.add_argument("--only", type=words, help="contenders, by their names in workloads.json")
    parser.add_argument("--scaling", action="store_true", help="nnkit's cost over widths instead of the workloads")
    parser.add_argument("--crossovers", action="store_true", help="each way of running a layer instead of the workloads")
    parser.add_argument("--commands", action="store_true", help="the command line's times instead of the workloads")
    parser.add_argument("--busy", action="store_true", help="nnkit beside busy programs instead of the workloads")
    parser.add_argument("--shuffled", action="store_true", help="nnkit with samples in a new order each epoch instead")
    parser.add_argument("--cold", action="store_true", help="whole processes, from their start to 0.88 on Fashion-MNIST")
    parser.add_argument("--csv", action="store_true", help="reading a CSV file of a million rows, beside pandas")
    parser.add_argument("--cascade", action="store_true", help="cascade-correlation, beside FANN's on the same data")
    parser.add_argument("--aima", action="store_true", help="networks on small tables, beside aima-python's learners")
    parser.add_argument("--sweep", action="store_true", help="a sweep's runs side by side, beside one after another")
    parser.add_argument("--level", choices=["avx2"], help="holds nnkit's products and the peers to these instructions")
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


def compare(arguments, output):
    """All contenders of all chosen workloads."""
    unknown = [name for name in arguments.workloads if name not in WORKLOADS]
    if unknown:
        sys.exit(f"no workload {unknown[0]}; there are {', '.join(WORKLOADS)}")

    def chosen(names):
        return [name for name in names if not arguments.only or name in arguments.only]

    results, limits = [], []
    for threads in arguments.threads:
        limit = Limits(threads, chosen(["nnkit", "torch", "numpy", "jax"]), 3, arguments.seconds)
        limits.append(limit)
        for name in arguments.workloads:
            workload = WORKLOADS[name] | ({"level": arguments.level} if arguments.level else {})
            contenders = measure(workload, threads, chosen(workload["contenders"]), arguments.repetitions,
                                 arguments.seconds)
            if contenders:
                results.append(report.Result(name, workload, threads, contenders, limit.samples_per_second(workload)))
                output.write(results[-1].details())
    for text in (report.summary(results), report.gains(results), *map(str, limits), "", report.versions(results)):
        output.write(text)


def main():
    arguments = options()
    BUILD.mkdir(exist_ok=True)
    output = Output(arguments.output)
    how = arguments.repetitions, arguments.seconds
    output.write(f"# nnkit and its peers\n\n{date.today()}, {processor()}, {os.cpu_count()} cores, {platform.system()}; "
                 f"{how[0]} repetitions of {how[1]} s, in turn.\n")
    if arguments.scaling:
        for threads in arguments.threads:
            for batch in (1, 64):
                output.write(extras.scaling(threads, batch, *how))
    if arguments.crossovers:
        for threads in arguments.threads:
            output.write(extras.crossovers(threads, *how))
    if arguments.commands:
        for threads in arguments.threads:
            output.write(extras.commands(WORKLOADS["fashion"], threads, *how))
    if arguments.busy:
        for threads in arguments.threads:
            if threads > 1:
                output.write(extras.busy([extras.SMALL, WORKLOADS["W4"]], threads, *how))
    if arguments.shuffled:
        for threads in arguments.threads:
            output.write(extras.shuffled({name: WORKLOADS[name] for name in ("W2", "W3")}, threads, *how))
    if arguments.cold:
        for threads in arguments.threads:
            output.write(whole.cold(threads, arguments.repetitions))
    if arguments.csv:
        output.write(whole.csv(arguments.repetitions))
    if arguments.cascade:
        output.write(studies.cascade())
    if arguments.aima:
        output.write(studies.aima())
    if arguments.sweep:
        output.write(studies.sweep(min(arguments.repetitions, 3)))
    if not any((arguments.scaling, arguments.crossovers, arguments.commands, arguments.busy, arguments.shuffled,
                arguments.cold, arguments.csv, arguments.cascade, arguments.aima, arguments.sweep)):
        compare(arguments, output)


main()
