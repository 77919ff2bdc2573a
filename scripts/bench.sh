# bench: both sides of every ratio are in the same nginx, the installed one.

bench_main() {
    . scripts/deps.sh
    . scripts/build.sh
    deps_main bench
    build_main
    build_bench
    TEST_BINARY=$(nginx_binary)
    TEST_MODULE=$ROOT/$BUILD/dynamic/ngx_rtalpha_module.so
    TEST_TMP=$(mktemp -d /tmp/rtalpha-bench-XXXXXX) ||
        fail "cannot make a folder in /tmp"
    chmod 755 "$TEST_TMP"
    BENCH_MODULE=$ROOT/$BUILD/bench/ngx_http_bench_buffer_module.so
    export TEST_BINARY TEST_MODULE TEST_TMP BENCH_MODULE PYTHONDONTWRITEBYTECODE=1
    trap 'rm -rf "$TEST_TMP"' EXIT
    trap 'exit 130' INT TERM HUP

    if [ "${1:-}" = --registry ]; then
        shift
        python3 bench/registry.py "$@"
    elif [ "${1:-}" = --config-scale ]; then
        shift
        python3 bench/config_scale.py "$@"
    else
        python3 bench/bench.py "$@"
    fi
}
