#!/bin/sh
#
# build.sh KIND OUT: the module of the tests for build/KIND (dynamic, static,
# asan), written to OUT.  Beside a dynamic build it is linked with the build's
# own objects and is loaded in place of the product's module; a static nginx
# has them inside.

set -e

root=$(cd "$(dirname "$0")/../.." && pwd)
objs=$root/build/$1/src/objs
name=ngx_rtalpha_test_module
tmp=$2.tmp

mkdir -p "$tmp"
cd "$objs/.."

variable() {
    printf 'print: ; @echo $(%s)\n' "$1" | make -s -f objs/Makefile -f - print
}

{
    cat <<END
#include <ngx_config.h>
#include <ngx_core.h>

END
    modules=$name
    order="\"$name\", "

    if [ -f objs/ngx_rtalpha_module_modules.c ]; then
        modules="$(sed -n 's/^ *&\(ngx_.*\),$/\1/p' \
            objs/ngx_rtalpha_module_modules.c) $modules"
        order=$(sed -n '/ngx_module_order/,$s/^ *\(".*",\)$/\1/p' \
            objs/ngx_rtalpha_module_modules.c)
    fi

    for module in $modules; do echo "extern ngx_module_t $module;"; done
    echo "ngx_module_t *ngx_modules[] = {"
    for module in $modules; do echo "    &$module,"; done
    echo "    NULL };"
    echo "char *ngx_module_names[] = {"
    for module in $modules; do echo "    \"$module\","; done
    echo "    NULL };"
    echo "char *ngx_module_order[] = {" $order "NULL };"
} >"$tmp/modules.c"

cc=$(variable CC)
flags=$(variable CFLAGS)
incs="$(variable ALL_INCS) -I $root/t/module"
libs=
addon=

if [ "$1" = dynamic ]; then
    rule=$(sed -n '/-o objs\/ngx_rtalpha_module.so/,/^$/p' objs/Makefile |
        tr -s ' \t\\' '\n')
    addon=$(echo "$rule" | grep '^objs/addon/.*\.o$')
    libs=$(echo "$rule" | grep '^-l')
fi

for source in "$root"/t/module/*.c "$tmp/modules.c"; do
    $cc -c $flags -fPIC $incs -o "$tmp/$(basename "$source" .c).o" "$source"
done

$cc $flags -shared -o "$2" $addon "$tmp"/*.o -Wl,-Bsymbolic $libs
rm -r "$tmp"
