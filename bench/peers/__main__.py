"""Do the peers agree with each other, and how long do they take? `python -m bench.peers --events 20000`."""

from __future__ import annotations

import argparse
from functools import partial

from bench import clock, machine, peers
from bench.check import assert_equal
from bench.samples import duration
from bench.workload import DAILY, WEEKLY, event_table


def main() -> None:
    """Compare all installed peers with the first one, then time them by turns."""
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--ids", choices=("integer", "string"), default="integer")
    parser.add_argument("--daily", action="store_true", help="365 daily as-ofs instead of 52 weekly")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()

    table, grid = event_table(options.events, options.ids), DAILY if options.daily else WEEKLY
    threads = machine.threads()
    found = [peer for name in peers.NAMES if isinstance(peer := peers.load(name), peers.Peer)]
    reference = found[0].panel(table, grid, threads)
    for peer in found[1:]:
        assert_equal(reference, peer.panel(table, grid, threads), peer.name)
    samples = clock.by_turns({peer.name: partial(peer.panel, table, grid, threads) for peer in found}, options.rounds)
    print(f"{options.events:,} events, {options.ids} ids, {reference.num_rows:,} panel rows, all equal")
    for peer in found:
        print(f"{peer.name:24} {peer.version:10} {samples[peer.name].text(duration)}")


if __name__ == "__main__":
    main()
