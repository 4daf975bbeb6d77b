"""What was measured, as Markdown."""

from statistics import median


def figure(value):
    """A rate with three digits: 1.23 M, 45.6 k, 789."""
    for unit, name in ((1e6, " M"), (1e3, " k")):
        if value >= unit:
            return f"{value / unit:.3g}{name}" if value < 1000 * unit else f"{value / unit:.0f}{name}"
    return f"{value:.3g}"


def spread(values, show=figure):
    return f"{show(median(values))} ({show(min(values))} – {show(max(values))})"


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines) + "\n"


class Result:
    """One workload on a number of threads: all contenders, and how nnkit compares with the best other one."""

    def __init__(self, name, workload, threads, contenders, limit):
        self.name, self.workload, self.threads, self.limit = name, workload, threads, limit
        self.contenders = sorted(contenders, key=lambda contender: -median(contender.rates))
        self.nnkit = next((contender for contender in self.contenders if contender.name == "nnkit"), None)
        self.peer = next((contender for contender in self.contenders if contender.name != "nnkit"), None)

    def ratios(self):
        """nnkit's rate to the best peer's, repetition by repetition."""
        return [mine / theirs for mine, theirs in zip(self.nnkit.rates, self.peer.rates)]

    def share(self, contender):
        return f"{100 * median(contender.rates) / self.limit:.1f} %"

    def details(self):
        rows = [(contender.title, spread(contender.rates), self.share(contender), f"{contender.loss:.3g}",
                 f"{contender.memory / 1e6:.0f} MB")
                for contender in self.contenders]
        heading = f"### {self.name}, {self.threads} thread{'s' * (self.threads > 1)}: {self.workload['title']}\n\n"
        return heading + table(("", "samples/s: median (min – max)", "of the limit", "loss", "peak memory"), rows)

    def summary(self):
        mine = (spread(self.nnkit.rates), self.share(self.nnkit)) if self.nnkit else ("–", "–")
        theirs = (self.peer.title, spread(self.peer.rates), self.share(self.peer)) if self.peer else ("–", "–", "–")
        ratio = spread(self.ratios(), "{:.2f}".format) if self.nnkit and self.peer else "–"
        return (self.name, self.threads, *mine, *theirs, f"**{ratio}**")


SUMMARY_HEAD = ("", "threads", "nnkit, samples/s", "of the limit", "best peer", "samples/s", "of the limit", "nnkit / peer")


def summary(results):
    return "## Summary\n\n" + table(SUMMARY_HEAD, [result.summary() for result in results])


def gains(results):
    """How much faster nnkit and the best peer are on more threads than on one."""
    rows = []
    for result in results:
        one = next((other for other in results if other.name == result.name and other.threads == 1), None)
        if one and result.threads > 1:
            gain = [f"{median(more.rates) / median(less.rates):.2f}" if more and less else "–"
                    for more, less in ((result.nnkit, one.nnkit), (result.peer, one.peer))]
            rows.append((result.name, result.threads, *gain))
    return "## Gain over one thread\n\n" + table(("", "threads", "nnkit", "best peer"), rows) if rows else ""


def versions(results):
    """Every contender's version and backend, once."""
    lines = {f"- {c.about['name']} {c.about['version']}: {c.about['backend']}" for r in results for c in r.contenders}
    return "\n".join(sorted(lines)) + "\n"
