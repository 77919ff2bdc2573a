# test: every suite, one line for each, and the sum in the last line.
#
# A suite is a folder of t/.  In the role suites *.t are Test::Nginx files and
# *.py are programs; each program, like each unit test, ends with a line
# "N passed, N failed".  A program that ends without one counts as a failure.
#
# Programs find in the environment:
#     TEST_BINARY   the nginx under test (NGINX means something to nginx)
#     TEST_MODULE   the module to load, empty when it is inside the binary
#     TEST_TMP      a folder that nginx's workers can read; removed at the end

UNIT_SOURCES="core/ngx_palloc core/ngx_string core/ngx_array core/ngx_list
    core/ngx_rbtree core/ngx_hash core/ngx_buf core/ngx_queue core/ngx_crc32
    core/ngx_murmurhash core/ngx_md5 core/ngx_sha1 core/ngx_parse
    core/ngx_radix_tree core/ngx_inet core/ngx_slab core/ngx_shmtx
    os/unix/ngx_alloc"
UNIT_LIBS="-lcurl -lrabbitmq -ljansson -lhiredis -lyaml -lexpat -lpcre2-8 -lz
    -lcrypto -lm"
ROLES="core config registry gateway"
SUITES="unit sim $ROLES chaos run clients lint"

TEST_PASSED=0
TEST_FAILED=0
TEST_TMP=
TEST_CHILD=
TEST_KIND=


# A wrong name is told before anything is installed or built.

test_known() {
    [[ " $SUITES " = *" $1 "* || ( $1 = t/* && -e $1 ) || -d t/$1 ]] ||
        fail "test: no such suite or file: $1 (suites: $SUITES)"
}


test_main() {
    local full= java= kind= wanted=

    while [ $# -gt 0 ]; do
        case $1 in
        --full)    full=yes ;;
        --clients) java=yes ;;
        --static)  kind=static ;;
        --asan)    kind=asan ;;
        -*)        fail "test: no such option: $1" ;;
        *)         test_known "$1"; wanted="$wanted $1" ;;
        esac
        shift
    done

    . scripts/deps.sh
    . scripts/build.sh
    deps_main test
    build_main
    TEST_BINARY=$(nginx_binary)
    TEST_MODULE=$ROOT/$BUILD/dynamic/ngx_rtalpha_module.so

    TEST_TMP=$(mktemp -d /tmp/rtalpha-test-XXXXXX) ||
        fail "cannot make a folder in /tmp"
    chmod 755 "$TEST_TMP"
    trap test_cleanup EXIT
    trap 'exit 130' INT TERM HUP
    export TEST_BINARY TEST_MODULE TEST_TMP
    export PYTHONPATH=$ROOT/t/lib PYTHONDONTWRITEBYTECODE=1

    if [ -n "$kind" ]; then
        test_built "$kind" ${wanted:-$ROLES chaos}
    else
        test_run ${wanted:-$SUITES}
    fi

    [ -z "$full" ] || test_full

    if [ -n "$java" ]; then
        deps_main clients
        test_client node
        test_client java
        test_client java27
        test_program clients/peers timeout -k 10 900 \
            python3 t/clients/peers.py
        test_program clients/refreshed timeout -k 10 900 \
            python3 t/clients/refreshed.py
    fi

    test_finish
}


# A suite that is interrupted leaves its processes, each in a session of its
# own, and nginx a pid file.

test_cleanup() {
    local file

    [ -z "$TEST_CHILD" ] || kill -- "-$TEST_CHILD" 2>/dev/null

    find "$TEST_TMP" -name nginx.pid | while read -r file; do
        kill "$(cat "$file")" 2>/dev/null
    done

    rm -rf "$TEST_TMP"
}


test_finish() {
    printf '\n%d passed, %d failed\n' "$TEST_PASSED" "$TEST_FAILED"
    [ "$TEST_FAILED" -eq 0 ] && [ "$TEST_PASSED" -gt 0 ]
    exit
}


# test_run SUITE_OR_FILE ...

test_run() {
    local name

    for name; do
        case $name in
        unit)              test_unit t/unit/test_*.c ;;
        lint)              test_program lint "$ROOT/build.sh" lint ;;
        clients)           test_client python ;;
        sim)               test_sim ;;
        chaos | run)       test_programs "$name" t/"$name"/*.py ;;
        t/unit/*.c)        test_unit "$name" ;;
        *.t)               test_nginx "$name" "$name" ;;
        *.py)              test_programs "$name" "$name" ;;
        *)
            test_nginx "$name" t/"$name"/*.t
            test_programs "$name" t/"$name"/*.py
            ;;
        esac
    done
}


# The same suites under other conditions; each line names them.

test_full() {
    deps_main full

    test_programs bus t/bus/*.py

    TEST_KIND=minute:
    TEST_SECONDS=60 test_programs chaos t/chaos/replace.py t/chaos/scale.py
    TEST_LARGE=10000 test_programs gateway t/gateway/protocols.py
    TEST_FULL=yes test_programs registry t/registry/cluster.py

    TEST_KIND=reload:
    TEST_NGINX_USE_HUP=1 test_role_files

    TEST_KIND=valgrind:
    TEST_NGINX_USE_VALGRIND=1 test_nginx core t/core/*.t

    test_built static $ROLES chaos
    test_built asan $ROLES chaos
}


# test_built KIND SUITE ...: with an nginx from source, build/KIND/sbin/nginx.
# The options of the sanitizers mean nothing to the others.

test_built() {
    local kind=$1

    shift
    (build_main "--$kind") || exit 1
    TEST_KIND=$kind:
    ASAN_OPTIONS=abort_on_error=0:detect_leaks=1 \
        UBSAN_OPTIONS=print_stacktrace=1:suppressions=$ROOT/t/lib/ubsan.supp \
        TEST_BINARY=$ROOT/$BUILD/$kind/sbin/nginx TEST_MODULE='' \
        test_run "$@"
    TEST_KIND=
}


test_role_files() {
    local role

    for role in $ROLES; do
        test_nginx "$role" t/"$role"/*.t
    done
}


# test_count NAME STATUS FILE: adds up the last line of a program's output.

test_count() {
    local line passed failed

    line=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$3" | tail -n 1)

    if [[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed ]]; then
        passed=${BASH_REMATCH[1]} failed=${BASH_REMATCH[2]}
        [ "$2" -eq 0 ] || [ "$failed" -gt 0 ] || failed=1
    else
        passed=0 failed=1
        say "$1: ended with status $2 and without counts"
    fi

    printf '%-36s %6d passed, %d failed\n' "$TEST_KIND$1" "$passed" "$failed"
    TEST_PASSED=$((TEST_PASSED + passed))
    TEST_FAILED=$((TEST_FAILED + failed))
}


# test_program NAME COMMAND ...: what it prints is shown only when it fails.

test_program() {
    local name=$1 out=$TEST_TMP/output status

    shift
    setsid "$@" >"$out" 2>&1 </dev/null &
    TEST_CHILD=$!
    wait "$TEST_CHILD"
    status=$?
    TEST_CHILD=
    [ "$status" -eq 0 ] || sed '$d' "$out"
    test_count "$name" "$status" "$out"
}


# test_client NAME: real client libraries; the first time builds them.

test_client() {
    test_program "clients/$1" timeout -k 10 900 \
        python3 t/clients/drive.py "$1"
    test_program "clients/config/$1" timeout -k 10 900 \
        python3 t/clients/config.py "$1"
}


test_programs() {
    local name=$1 file

    shift

    for file; do
        [ -f "$file" ] || continue
        test_program "$file" timeout -k 10 600 python3 "$file"
    done
}


# test_nginx NAME FILE ...: Test::Nginx keeps its folders in t/ of the working
# directory, so that is a folder of its own, with links to the suites.

test_nginx() {
    local name=$1 dir=$TEST_TMP/nginx file

    shift
    [ -f "$1" ] || return 0
    mkdir -p "$dir/t"

    for file in t/*/; do
        ln -sfn "$ROOT/${file%/}" "$dir/${file%/}"
    done

    # the name that Test::Nginx gives to valgrind when it is there
    ln -sfn "$ROOT/t/lib/valgrind.supp" "$dir/valgrind.suppress"

    (cd "$dir" && test_nginx_env setsid perl "$ROOT/t/lib/prove.pl" \
        "$(test_jobs)" "$@") >"$TEST_TMP/output" 2>&1 </dev/null &
    TEST_CHILD=$!
    wait "$TEST_CHILD"
    test_nginx_done "$name" $?
}


test_nginx_done() {
    local status=$2

    TEST_CHILD=

    # valgrind does not change nginx's exit status
    grep -qE '^==[0-9]+== (Invalid|Conditional jump|Use of uninit|[^ ].* are definitely lost)' \
        "$TEST_TMP/output" && status=1

    if [ "$status" -ne 0 ] || [ -n "${TEST_VERBOSE:-}" ]; then
        sed '$d' "$TEST_TMP/output"
    fi

    test_count "$1" "$status" "$TEST_TMP/output"
}


test_nginx_env() {
    exec env PERL5LIB=$ROOT/t/lib TEST_NGINX_BINARY=$TEST_BINARY \
        TEST_NGINX_LOAD_MODULES=$TEST_MODULE TEST_NGINX_RANDOMIZE=1 "$@"
}


# Reloads between blocks are timed by Test::Nginx: one file at a time.

test_jobs() {
    if [ -n "${TEST_NGINX_USE_HUP:-}${TEST_NGINX_USE_VALGRIND:-}" ]; then
        say 1
    else
        jobs_count
    fi
}


# test_unit FILE ...: each file's first line names the project's files that it
# is linked with: /* unit: ngx_rtalpha_core/ngx_rtalpha_json.c ... */

test_unit() {
    local file name dir=$BUILD/unit

    [ -f "$1" ] || return 0
    test_unit_makefile "$dir" "$@"

    make -s -k -f "$dir/Makefile" -j"$(jobs_count)" >"$dir/make.log" 2>&1 ||
        cat "$dir/make.log"

    for file; do
        name=$(basename "$file" .c)

        if ! make -q -f "$dir/Makefile" "$dir/$name" 2>/dev/null; then
            say "$file: does not compile"
            : >"$TEST_TMP/output"
            test_count "unit/$name" 1 "$TEST_TMP/output"
            continue
        fi

        test_program "unit/$name" timeout -k 5 120 "$dir/$name"
    done
}


# Simulations compile themselves, with nginx's headers and core sources.

test_sim() {
    local source

    source=$(source_find "$(test_nginx_version)" || source_find 1 ||
        source_get "$(test_nginx_version)") || exit 1
    export TEST_SOURCE=$source/src TEST_OBJS=$ROOT/$BUILD/dynamic/src/objs
    test_programs sim t/sim/*.py
}


# The makefile is written anew each time and takes the compiler's own lists of
# headers, so that a run compiles only what changed.

test_unit_makefile() {
    local dir=$1 source file name objs sources

    shift
    source=$(source_find "$(test_nginx_version)" || source_find 1 ||
        source_get "$(test_nginx_version)") || exit 1
    mkdir -p "$dir"

    {
        cat <<END
CC = cc
CFLAGS = -g -O1 -W -Wall -Wpointer-arith -Wno-unused-parameter -Werror \\
    $SANITIZE -fno-sanitize-recover=undefined -DNGX_DEBUG_PALLOC=1 \\
    -ffunction-sections -fdata-sections -MMD -MP
INCS = -I$source/src/core -I$source/src/event -I$source/src/os/unix \\
    -I$BUILD/dynamic/src/objs -It/unit -Ingx_rtalpha_core \\
    $(printf -- '-I%s ' ngx_rtalpha_*_module)
LIBS = -Wl,--gc-sections -Wl,--as-needed $(echo $UNIT_LIBS) -lpthread

all: $(for file; do printf "$dir/%s " "$(basename "$file" .c)"; done)

-include \$(wildcard $dir/*.d)
END
        objs=$dir/shim.o
        test_unit_rule "$dir" t/unit/shim.c

        for file in $UNIT_SOURCES; do
            name=$(basename "$file")
            [ -f "$source/src/$file.c" ] || continue
            objs="$objs $dir/$name.o"
            printf '%s: %s\n\t$(CC) $(CFLAGS) -Wno-error $(INCS) -c -o $@ $<\n' \
                "$dir/$name.o" "$source/src/$file.c"
        done

        printf '%s: %s\n\trm -f $@ && ar rcs $@ $^\n' "$dir/libnginx.a" "$objs"

        for file; do
            sources=$(sed -n '1s#^/\* unit: \(.*\) \*/$#\1#p' "$file")
            test_unit_test "$dir" "$file" $sources
        done

        for file in $(for file; do
            sed -n '1s#^/\* unit: \(.*\) \*/$#\1#p' "$file"
        done | tr ' ' '\n' | sort -u); do
            test_unit_rule "$dir" "$file"
        done
    } >"$dir/Makefile"
}


test_unit_rule() {
    printf '%s: %s\n\t$(CC) $(CFLAGS) $(INCS) -c -o $@ $<\n' \
        "$1/$(basename "$2" .c).o" "$2"
}


test_unit_test() {
    local dir=$1 name file objs=

    name=$(basename "$2" .c)
    test_unit_rule "$dir" "$2"
    shift 2

    for file; do
        objs="$objs $dir/$(basename "$file" .c).o"
    done

    printf '%s: %s\n\t$(CC) $(CFLAGS) -o $@ $^ $(LIBS)\n' "$dir/$name" \
        "$dir/$name.o$objs $dir/libnginx.a"
}


test_nginx_version() {
    "$TEST_BINARY" -v 2>&1 | sed 's#.*nginx/\([0-9.]*\).*#\1#'
}
