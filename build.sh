#!/bin/bash
#
# The one entry point.  Each subcommand can be repeated and interrupted at any
# time, writes below build/ only, and ends with one line that says why when it
# cannot do its work.  The subcommands are functions in scripts/*.sh.

set -u -o pipefail

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
cd -- "$ROOT" || exit 1

export LC_ALL=C.UTF-8

. scripts/common.sh


usage() {
    cat <<'END'
Usage: ./build.sh COMMAND [OPTION ...]

  run                  install what is missing, build, and start the three
                       roles on loopback with a demo configuration repository
                       and two services; Ctrl-C stops everything
  test                 install what is missing, build, run every test
  build                make the module for the installed nginx:
                         build/dynamic/ngx_rtalpha_module.so
  deps                 install the packages that building and testing need

More of run:
  run --offset=N       with N added to each port

More of build:
  build --static[=V]   nginx from source with the module inside:
                         build/static/sbin/nginx
  build --asan         the same with address and undefined-behaviour
                       sanitizers: build/asan/sbin/nginx

More of test:
  test SUITE ...       only these: unit sim core config registry gateway
                       chaos run clients lint, or a file such as
                       t/registry/protocol.t
  test --full          also against the static build, with reloads between
                       blocks, with sanitizers, a part with valgrind
  test --static [SUITE ...], test --asan [SUITE ...]
                       only these, with an nginx from source
  test --clients       also the clients in Node.js and Java (needs npm,
                       JDK 17 and Maven)

  lint                 layout and the house rules
  bench                CPU time per request, in ratios to bare nginx
  bench --registry     the registry from 1 000 to 1 000 000 instances; with
                       --java COMMAND also beside a Java server
  bench --config-scale repositories from 1 000 to 100 000 files, 1 GB, with 200
                       labels; fails when a goal is missed; --quick leaves
                       out the largest
  bench --instructions instructions per request; fails when a kept figure
                       grew by more than 3 %
  help                 this text
END
}


main() {
    local command=${1:-help}

    [ $# -eq 0 ] || shift

    case $command in
    help | -h | --help)
        usage
        ;;
    run)
        . scripts/run.sh
        run_main "$@"
        ;;
    deps)
        . scripts/deps.sh
        deps_main "$@"
        say "everything is installed"
        ;;
    test)
        . scripts/test.sh
        test_main "$@"
        ;;
    bench)
        . scripts/bench.sh
        bench_main "$@"
        ;;
    lint)
        have python3 || fail "lint needs python3; run: ./build.sh deps"
        have git || fail "lint needs git; run: ./build.sh deps"
        exec python3 scripts/lint.py
        ;;
    build)
        . scripts/build.sh
        build_main "$@"
        ;;
    *)
        usage >&2
        fail "no such command: $command"
        ;;
    esac
}


# in one line: what is changed below while it runs is not read any more
main "$@"; exit
