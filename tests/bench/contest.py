"""Time several ways to do the same work against each other: in one process, interleaved, as medians of ratios."""

import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import jax

ROUNDS = 15
ROUND_SECONDS = 0.06  # how long one contender runs in one round, at least


@dataclass(frozen=True)
class Contender:
    """One way to do the work: `run()` does it once and returns what can be waited for; `compile_seconds` went before."""

    name: str
    run: Callable[[], object]
    compile_seconds: float = float("nan")


@dataclass
class Row:
    """A work and its contenders, ours first; and what came out."""

    work: str
    contenders: list[Contender]
    times: dict[str, list[float]] = field(default_factory=dict)

    def hold(self, rounds: int = ROUNDS) -> None:
        """Run all contenders in each round, in an order that changes."""
        repeats = {each.name: _repeats(each) for each in self.contenders}
        self.times = {each.name: [] for each in self.contenders}
        order, chance = list(self.contenders), random.Random(0)
        for _ in range(rounds):
            chance.shuffle(order)
            for each in order:
                began = time.perf_counter()
                for _ in range(repeats[each.name]):
                    each.run()
                self.times[each.name].append((time.perf_counter() - began) / repeats[each.name])

    @property
    def milliseconds(self) -> float:
        """Give our median time."""
        return 1000 * statistics.median(self.times[self.contenders[0].name])

    def ratio(self, name: str) -> float:
        """Give the median over rounds of our time by theirs: below 1 we are faster."""
        ours = self.times[self.contenders[0].name]
        return statistics.median(a / b for a, b in zip(ours, self.times[name], strict=True))


def contender(name: str, function: Callable, *arguments: object) -> Contender:
    """Compile a JAX function for its arguments, and time that."""
    began = time.perf_counter()
    compiled = jax.jit(function).lower(*arguments).compile()
    seconds = time.perf_counter() - began
    return Contender(name, lambda: jax.block_until_ready(compiled(*arguments)), seconds)


def _repeats(each: Contender) -> int:
    """Find how often to run for one round; the runs also warm up."""
    each.run()
    began = time.perf_counter()
    each.run()
    return max(1, round(ROUND_SECONDS / max(time.perf_counter() - began, 1e-7)))


def table(rows: list[Row]) -> str:
    """Write the rows: our time and compile time, and how many times theirs it is for each other contender."""
    lines = [f"{'work':46}{'ours, ms':>10}{'compile, s':>12}   ours / theirs (below 1: ours is faster)"]
    for row in rows:
        ours, *others = row.contenders
        ratios = "   ".join(
            f"{each.name} {row.ratio(each.name):.2f} (compile {each.compile_seconds:.2f} s)" for each in others
        )
        lines.append(f"{row.work:46}{row.milliseconds:10.3f}{ours.compile_seconds:12.2f}   {ratios}")
    return "\n".join(lines)
