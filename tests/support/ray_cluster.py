"""A Ray cluster of this machine alone, for tests: its machines can be taken away. It ends with the test that has it.

As a program it holds the cluster and obeys its standard input, whose end ends it: also where a test is killed.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "RAY_USAGE_STATS_ENABLED": "0", "RAY_SCHEDULER_EVENTS": "0"}
"""With this environment, Ray takes 127.0.0.1 and nothing else, and tells nobody that it is used."""
CHECKS = {"RAY_health_check_period_ms": "500", "RAY_health_check_failure_threshold": "2"}
"""With this environment, Ray notices within seconds that a machine is gone."""
STORE = 100 * 1024 * 1024
"""Bytes of memory that each machine has for sound, the least that Ray allows being 75 MB."""
TESTS = Path(__file__).parent.parent


class RayCluster:
    """Two machines with a CPU each, of which the first stays."""

    def __init__(self, orders: IO[str], answers: IO[str]) -> None:
        self._orders, self._answers = orders, answers
        self.address = str(self._answer())

    def lose_a_machine(self) -> None:
        """Take the second machine away, with all that runs on it."""
        self._ask("lose")

    def gain_a_machine(self) -> None:
        """Add the second machine again."""
        self._ask("gain")

    def _ask(self, order: str) -> None:
        self._orders.write(f"{order}\n")
        self._orders.flush()
        assert self._answer() == order

    def _answer(self) -> object:
        line = self._answers.readline()
        assert line, "the cluster ended by itself"
        return json.loads(line)


@contextmanager
def running() -> Iterator[RayCluster]:
    """Start a cluster whose workers can import this project and its tests, and end it."""
    path = os.pathsep.join([str(TESTS), str(TESTS.parent), os.environ.get("PYTHONPATH", "")])
    program = subprocess.Popen(
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
        env={**os.environ, **LOOPBACK, **CHECKS, "PYTHONPATH": path},
    )
    assert program.stdin
    assert program.stdout
    with program:
        try:
            yield RayCluster(program.stdin, program.stdout)
        finally:
            program.stdin.close()


def _main() -> None:
    # What Ray prints must not be taken for an answer.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    from ray.cluster_utils import Cluster

    def answer(text: str) -> None:
        print(json.dumps(text), file=answers, flush=True)

    size: dict[str, Any] = {"num_cpus": 1, "object_store_memory": STORE}
    cluster = Cluster(initialize_head=True, head_node_args={**size, "include_dashboard": False})
    second = cluster.add_node(**size)
    try:
        answer(cluster.address)
        for order in sys.stdin:
            if order.strip() == "lose":
                cluster.remove_node(second, allow_graceful=False)
            else:
                second = cluster.add_node(**size)
            answer(order.strip())
    finally:
        cluster.shutdown()


if __name__ == "__main__":
    _main()
