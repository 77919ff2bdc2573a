# build: the dynamic module for the installed nginx, and nginx from source.
#
# nginx's configure runs in build/KIND/src, a tree of links to nginx's sources,
# since it writes into the directory that it is started in.  The project is the
# link "rtalpha" there, which keeps paths relative and lets the project live in
# a directory with spaces.  A stamp tells what the last configure has seen: it
# runs again only when something in it changed, and a new set of C files alone
# keeps the objects.

NGINX_DEV=/usr/share/nginx/src


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
    *)       fail "build --$kind is not there yet" ;;
    esac
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
