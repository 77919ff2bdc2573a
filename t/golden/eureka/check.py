#!/usr/bin/env python3
"""Replays recorded scenarios against a server and compares its answers with the stock server's.

usage: check.py --base URL [--setup NAME] [--only GLOB]... [--exact] [--list-failures] [--stop] [PATH...]

PATH is a scenario file or a folder of them; default: open/ beside this file. --setup picks the scenarios of one
set-up (default single; "all" takes every one). Without --exact a step's "alternatives" and an empty body in
place of the stock server's JSON error page are accepted too. The registry of the server under test is EMPTIED
before every scenario. Exit status: 0 all passed, 1 some failed, 2 nothing was run.
"""
import argparse
import os
import sys

import replay


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--base", required=True, help="http://127.0.0.1:PORT, without /eureka")
    parser.add_argument("--setup", default="single")
    parser.add_argument("--only", action="append", metavar="GLOB", help="part of a scenario's name")
    parser.add_argument("--exact", action="store_true", help="only what the stock server answered will do")
    parser.add_argument("--list-failures", action="store_true", help="print only the failed steps' names")
    parser.add_argument("--stop", action="store_true", help="stop after the first scenario that fails")
    parser.add_argument("paths", nargs="*")
    args = parser.parse_args()
    paths = args.paths or [os.path.join(os.path.dirname(os.path.abspath(__file__)), "open")]
    base = args.base.rstrip("/")
    passed, failed, bad_scenarios, scenarios = 0, 0, 0, 0
    for _, scenario in replay.load(paths, None if args.setup == "all" else args.setup, args.only):
        scenarios += 1
        failures = 0
        try:
            replay.clean(base)
            lost = None
        except Exception as error:  # a server that cannot even be emptied fails the scenario, not the run
            lost = f"emptying the registry: {type(error).__name__}: {error}"
        run, comparer = replay.Run(base), replay.Comparer(scenario, args.exact)
        for step in scenario["steps"]:
            if lost is None:
                try:
                    problems = comparer.compare(step, run.perform(step))
                except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
                    problems = [f"{type(error).__name__}: {error}"]
                except replay.http.client.HTTPException as error:
                    problems = [f"{type(error).__name__}: {error}"]
            else:
                problems = [lost]
            if not problems:
                passed += 1
                continue
            failed += 1
            failures += 1
            if args.list_failures:
                print(f"{scenario['name']}/{step['id']}")
                continue
            print(f"FAIL {scenario['name']}/{step['id']}: {step['method']} {step['path']}")
            for line in problems[:12]:
                print(f"     {line}")
            if len(problems) > 12:
                print(f"     and {len(problems) - 12} more differences")
        bad_scenarios += failures > 0
        if failures and args.stop:
            break
    if not args.list_failures:
        print(f"{scenarios} scenarios, {bad_scenarios} with failures")
    print(f"{passed} passed, {failed} failed")
    sys.exit(2 if passed + failed == 0 else 1 if failed else 0)


if __name__ == "__main__":
    main()
