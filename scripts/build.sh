# build: the dynamic module for the installed nginx, and nginx from source.
#
# nginx's configure runs in build/KIND/src, a tree of links to nginx's sources,
# since it writes into the directory that it is started in.  The project is the
# link "rtalpha" there, which keeps paths relative and lets the project live in
# a directory with spaces.  A stamp tells what the last configure has seen: it
# runs again only when something in it changed, and a new set of C files alone
# keeps the objects.

NGINX_DEV=/usr/share/nginx/src
NGINX_SERIES=1.30
# nginx reads and writes words at any address where the processor can
UNALIGNED=-fno-sanitize=alignment
SANITIZE="-fsanitize=address,undefined -fno-omit-frame-pointer"


build_main() {
    local kind=dynamic version=

    while [ $# -gt 0 ]; do
        case $1 in
        --static)   kind=static ;;
        --static=?*) kind=static version=${1#*=} ;;
        --asan)     kind=asan ;;
        --asan=?*)  kind=asan version=${1#*=} ;;
        *)          fail "build: no such option: $1" ;;
        esac
        shift
    done

    take_lock
    have cc && have make || fail "no C compiler; run: ./build.sh deps"

    case $kind in
    dynamic) build_dynamic ;;
    static)  build_static static "$version" \
                 "-g -O2" "-Wl,--as-needed" ;;
    asan)    build_static asan "$version" \
                 "-g -O1 $SANITIZE $UNALIGNED -DNGX_DEBUG_PALLOC=1" \
                 "$SANITIZE" ;;
    esac

    drop_lock
}


build_dynamic() {
    local dir=$BUILD/dynamic NGX_CONF_FLAGS

    nginx_binary >/dev/null || fail "no nginx found; run: ./build.sh deps"
    [ -f "$NGINX_DEV/configure" ] && [ -f "$NGINX_DEV/conf_flags" ] ||
        fail "no headers of nginx ($NGINX_DEV); run: ./build.sh deps"

    . "$NGINX_DEV/conf_flags"

    build_link_tree "$dir" "$NGINX_DEV" auto src configure
    build_configure "$dir" "$(nginx_binary)" "${NGX_CONF_FLAGS[@]}" \
        --with-cc-opt="-g -O2 -fstack-protector-strong -Wformat \
            -Werror=format-security -D_FORTIFY_SOURCE=2 -fPIC -MMD -MP" \
        --with-ld-opt="-Wl,-z,relro -Wl,-z,now" \
        --add-dynamic-module=rtalpha
    build_make "$dir" modules
    build_check_load "$dir"
    build_install "$dir/src/objs/ngx_rtalpha_module.so" \
        "$dir/ngx_rtalpha_module.so"
}


# The module that bench compares with; see bench/buffer.

build_bench() {
    local dir=$BUILD/bench NGX_CONF_FLAGS

    . "$NGINX_DEV/conf_flags"

    build_link_tree "$dir" "$NGINX_DEV" auto src configure
    build_configure "$dir" "$(nginx_binary)" "${NGX_CONF_FLAGS[@]}" \
        --with-cc-opt="-g -O2 -fPIC -MMD -MP" \
        --add-dynamic-module=rtalpha/bench/buffer
    build_make "$dir" modules
    build_install "$dir/src/objs/ngx_http_bench_buffer_module.so" \
        "$dir/ngx_http_bench_buffer_module.so"
}


# build_static KIND VERSION CFLAGS LDFLAGS: nginx from source.  The sanitizers
# would report what configure's small test programs leave allocated.

build_static() {
    local kind=$1 version=$2 dir=$BUILD/$1 source

    source=$(source_get "$version") || exit 1

    [ "$source" = "$(cat "$dir/source.stamp" 2>/dev/null)" ] ||
        rm -rf "$dir/src" "$dir/files.stamp"
    build_link_tree "$dir" "$ROOT/$source" auto src configure conf man
    say "$source" >"$dir/source.stamp"

    ASAN_OPTIONS=detect_leaks=0 build_configure "$dir" "" \
        --prefix="$ROOT/$dir" --sbin-path=sbin/nginx \
        --conf-path=conf/nginx.conf --error-log-path=stderr \
        --http-log-path=logs/access.log --pid-path=logs/nginx.pid \
        --with-compat --with-debug --with-pcre-jit --with-threads \
        --with-http_ssl_module --with-http_v2_module \
        --with-http_realip_module --with-http_stub_status_module \
        --with-http_auth_request_module --with-http_gunzip_module \
        --with-http_gzip_static_module --with-http_slice_module \
        --with-http_sub_module --with-stream --with-stream_ssl_module \
        --with-cc-opt="$3 -Wformat -Werror=format-security -MMD -MP" \
        --with-ld-opt="$4" --add-module=rtalpha
    build_make "$dir" binary
    mkdir -p "$dir/sbin"
    build_install "$dir/src/objs/nginx" "$dir/sbin/nginx"
}


# source_get VERSION: prints where the source of nginx VERSION lies.  Without
# one the series that we are made for, or else the newest that can be had,
# which is told in one line.

source_get() {
    local version=$1 source

    if [ -n "$version" ]; then
        source_find "$version" || source_fetch "$version" ||
            fail "the source of nginx $version cannot be had from this" \
                "machine's package archive; unpacked by hand into" \
                "$BUILD/nginx-$version it is used; see $BUILD/apt.log"
        return
    fi

    source_find "$NGINX_SERIES" && return
    source_fetch "$NGINX_SERIES" && return
    source=$(source_fetch 1 || source_find 1) ||
        fail "no source of nginx can be had; see $BUILD/apt.log"
    say "nginx $NGINX_SERIES cannot be had here:" \
        "${source##*/nginx-} is the newest whose source the package archive" \
        "gives; building that" >&2
    say "$source"
}


# source_find VERSION: the newest unpacked source of a version or a series.

source_find() {
    local dir

    dir=$(ls -d "$BUILD/nginx-$1" "$BUILD/nginx-$1".* 2>/dev/null |
        sort -V | tail -n 1)
    [ -f "$dir/src/core/nginx.c" ] && say "$dir"
}


# source_fetch VERSION: the newest source package of a version or a series,
# unpacked in build/nginx-VERSION.  A suite's name outlives what the suite
# holds, and its list may name what the archive no longer has, so ask for one
# after the other, newest suite first.

source_fetch() {
    local suite version

    . scripts/deps.sh
    have dpkg-source || fail "no dpkg-source; run: ./build.sh deps"

    for suite in unstable testing stable \
        "$(. /etc/os-release && say "${VERSION_CODENAME:-}")"
    do
        [ -n "$suite" ] && newer_lists "$suite" || continue

        for version in $(source_versions "$suite" "$1"); do
            source_find "$(source_upstream "$version")" && return
            source_unpack "$suite" "$version" && return
        done
    done

    return 1
}


# source_versions SUITE VERSION: those of the package, newest first.

source_versions() {
    newer_apt "$1" apt-cache showsrc --only-source nginx 2>/dev/null |
        sed -n 's/^Version: *//p' | sort -rV -u |
        while read -r version; do
            case $(source_upstream "$version"). in
            "$2".*) say "$version" ;;
            esac
        done
}


source_upstream() {
    local version=${1#*:}

    say "${version%-*}"
}


# source_unpack SUITE VERSION

source_unpack() {
    local dir=$BUILD/source version

    rm -rf "$dir"
    mkdir -p "$dir"

    (cd "$dir" && newer_apt "$1" apt-get -q source --download-only \
        nginx="$2") >>"$BUILD/apt.log" 2>&1 || return 1
    dpkg-source -x "$dir"/nginx_*.dsc "$dir/tree" >>"$BUILD/apt.log" 2>&1 ||
        return 1

    version=$(sed -n 's/^#define NGINX_VERSION *"\(.*\)"/\1/p' \
        "$dir/tree/src/core/nginx.h")
    rm -rf "$BUILD/nginx-$version"
    mv "$dir/tree" "$BUILD/nginx-$version"
    rm -rf "$dir"
    say "$BUILD/nginx-$version"
}


# The nginx that the dynamic module is for.

nginx_binary() {
    local binary

    for binary in /usr/sbin/nginx "$(command -v nginx)"; do
        [ -x "$binary" ] && { say "$binary"; return 0; }
    done

    return 1
}


# build_link_tree DIR SOURCE NAME ...

build_link_tree() {
    local dir=$1 source=$2 name

    shift 2
    mkdir -p "$dir/src" || fail "cannot write to $ROOT/$dir"

    for name; do
        ln -sfn "$source/$name" "$dir/src/$name"
    done

    ln -sfn ../../.. "$dir/src/rtalpha"
}


# build_configure DIR BINARY OPTION ...: BINARY's version is part of the stamp.

build_configure() {
    local dir=$1 binary=$2 options files

    shift 2
    options=$({ [ -z "$binary" ] || "$binary" -V 2>&1
                cc --version
                printf '%s\n' "$@"
                cat config; } | sha256sum)
    files=$(printf '%s\n' ngx_rtalpha_*/*.c | sha256sum)

    if [ "$options" != "$(cat "$dir/options.stamp" 2>/dev/null)" ]; then
        rm -rf "$dir/src/objs" "$dir/files.stamp"
    fi

    [ "$files" = "$(cat "$dir/files.stamp" 2>/dev/null)" ] && return

    build_run_configure "$dir" "$@"
    printf '%s\n' "$options" >"$dir/options.stamp"
    printf '%s\n' "$files" >"$dir/files.stamp"
}


# Every object depends on the generated headers.  Those that come out as they
# were keep their time, so that only what is new is compiled.

build_run_configure() {
    local dir=$1 objs=$1/src/objs file

    shift
    rm -f "$dir/files.stamp"
    rm -rf "$dir/before"
    mkdir -p "$dir/before"
    cp -p "$objs"/*.[hc] "$dir/before" 2>/dev/null

    say "configuring ($dir)"

    (cd "$dir/src" && RTALPHA_DEPFILES=yes ./configure "$@") \
        >"$dir/configure.log" 2>&1 || {
        tail -n 3 "$dir/configure.log" >&2
        fail "configure failed; see $dir/configure.log"
    }

    for file in "$dir"/before/*; do
        cmp -s "$file" "$objs/${file##*/}" && mv "$file" "$objs"
    done

    rm -rf "$dir/before"
    printf '\n-include $(wildcard objs/addon/*/*.d)\n' >>"$objs/Makefile"
}


# build_make DIR TARGET

build_make() {
    local dir=$1 target=$2

    make -s -C "$dir/src" -f objs/Makefile --no-print-directory \
        -j"$(jobs_count)" "$target" 2>&1 | sed -u 's#rtalpha/##' >&2 ||
        fail "compiling failed ($dir)"
}


# A name that nothing defines shows only when nginx loads the module.

build_check_load() {
    local dir=$1

    cat >"$dir/load.conf" <<END
load_module $ROOT/$dir/src/objs/ngx_rtalpha_module.so;
pid $ROOT/$dir/load.pid;
error_log stderr;
events { }
END
    "$(nginx_binary)" -t -q -p "$ROOT/$dir" -c "$ROOT/$dir/load.conf" \
        >"$dir/load.log" 2>&1 || {
        cat "$dir/load.log" >&2
        fail "nginx does not load the module"
    }
}


# build_install FROM TO: a running nginx has the old file mapped, so the new
# one takes its name instead of its place.

build_install() {
    if cmp -s "$1" "$2"; then
        say "$2 is up to date"
        return
    fi

    cp "$1" "$2.new" && mv -f "$2.new" "$2" || fail "cannot write $2"
    say "built $2"
}
