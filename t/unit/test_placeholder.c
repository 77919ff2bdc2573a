/* unit: ngx_rtalpha_core/ngx_rtalpha_placeholder.c ngx_rtalpha_core/ngx_rtalpha_properties.c ngx_rtalpha_core/ngx_rtalpha_load.c ngx_rtalpha_core/ngx_rtalpha_props.c ngx_rtalpha_core/ngx_rtalpha_out.c */

#include "unit.h"
#include "ngx_rtalpha_placeholder.h"
#include "ngx_rtalpha_properties.h"


static ngx_pool_t           *pool;
static ngx_rtalpha_props_t  *props;
static ngx_uint_t            lookups;
static ngx_str_t             result;
static ngx_str_t             bad;


static ngx_int_t
lookup(void *data, const ngx_str_t *name, ngx_str_t *value)
{
    const ngx_rtalpha_prop_t  *prop;

    if (data != &props) {
        CHECK(data == &props);
    }

    lookups++;

    prop = ngx_rtalpha_props_find(props, name->data, name->len);
    if (prop == NULL) {
        return NGX_DECLINED;
    }

    *value = prop->text;

    return NGX_OK;
}


static void
given(const char *text)
{
    ngx_str_t                  input;
    ngx_array_t               *docs;
    ngx_rtalpha_load_error_t   error;

    input.data = (u_char *) text;
    input.len = strlen(text);

    CHECK(ngx_rtalpha_properties_load(pool, &input, NULL, 0, &docs, &error)
          == NGX_OK);

    props = docs->nelts ? *(ngx_rtalpha_props_t **) docs->elts
                        : ngx_rtalpha_props_create(pool);
}


static ngx_rtalpha_placeholder_t  ph = { lookup, &props, 0, 0, 0 };


typedef ngx_int_t (*resolve_pt)(ngx_pool_t *pool,
    const ngx_rtalpha_placeholder_t *ph, const ngx_str_t *text,
    ngx_str_t *result, ngx_str_t *bad);


static ngx_int_t
resolve(resolve_pt how, const char *text, size_t len)
{
    ngx_str_t  s;

    s.data = ngx_pnalloc(pool, len ? len : 1);
    s.len = len;
    ngx_memcpy(s.data, text, len);

    ngx_str_null(&result);

    return how(pool, &ph, &s, &result, &bad);
}


#define CHECK_AS(how, text, want)                                             \
    do {                                                                      \
        CHECK(resolve(how, text, sizeof(text) - 1) == NGX_OK);                \
        CHECK_STR(&result, want);                                             \
    } while (0)

#define CHECK_BAD(how, text, name)                                            \
    do {                                                                      \
        CHECK(resolve(how, text, sizeof(text) - 1) == NGX_DECLINED);          \
        CHECK_STR(&bad, name);                                                \
    } while (0)

#define CHECK_OK(text, want)                                                  \
    CHECK_AS(ngx_rtalpha_placeholder_resolve, text, want)

/* in .yml and .json, and in .properties and plain text */

#define CHECK_BOTH(text, value, whole)                                        \
    CHECK_AS(ngx_rtalpha_placeholder_value, text, value);                     \
    CHECK_AS(ngx_rtalpha_placeholder_text, text, whole)


static void
test_plain(void)
{
    given("a=1\nb=${a}\nz=a\nx.y=deep\na\\ b=q\nempty=\n");

    CHECK_OK("", "");
    CHECK_OK("no placeholder $ {a} $a a}", "no placeholder $ {a} $a a}");
    CHECK_OK("${a}", "1");
    CHECK_OK("pre${a}post${b}", "pre1post1");
    CHECK_OK("${a}${a}", "11");
    CHECK_OK("[${empty}]", "[]");
    CHECK_OK("${x.y}", "deep");
    CHECK_OK("${a b}", "q");
    CHECK_OK("${missing}", "${missing}");
    CHECK_OK("${A}", "${A}");
    CHECK_OK("${}", "${}");
    CHECK_OK("${ a }", "${ a }");
    CHECK_OK("$${a}", "$1");
}


static void
test_defaults(void)
{
    given("a=1\nb=${a}\nc:d=colon\nk=a\n");

    CHECK_OK("${missing:def}", "def");
    CHECK_OK("${missing:}", "");
    CHECK_OK("${missing:a:b}", "a:b");
    CHECK_OK("${a:-x}", "1");
    CHECK_OK("${:d}", "d");
    CHECK_OK("${missing:${a}}", "1");
    CHECK_OK("${missing:x${a}y${b}z}", "x1y1z");
    CHECK_OK("${missing:${other:deep}}", "deep");
    CHECK_OK("${a:${nope}}", "1");
    CHECK_OK("http://${h:localhost}:${p:80}/x", "http://localhost:80/x");
    CHECK_OK("${x:b\\:c}", "b\\:c");
    CHECK_OK("${x:{b}}", "{b}");
    CHECK_OK("${x:{b}c}d", "{b}cd");

    /* a default is taken as it is, the name with it is tried first */

    props = ngx_rtalpha_props_create(pool);
    given("c\\:d=colon\nc=1\n");
    CHECK_OK("${c:d}", "colon");
    CHECK_OK("${c:e}", "1");
    CHECK_OK("${c\\:d}", "colon");
    CHECK_OK("${c\\:x:y}", "y");
    CHECK_OK("${c\\:x}", "${c:x}");
}


static void
test_nested_names(void)
{
    given("z=a\na=1\nsvc.dev.port=8080\nenv=dev\nn=${z}\nv=${svc.${env}.port}\n"
          "part=vc\n");

    CHECK_OK("${${z}}", "1");
    CHECK_OK("${${${zz:z}}}", "1");
    CHECK_OK("${${n}}", "1");
    CHECK_OK("${svc.${env}.port}", "8080");
    CHECK_OK("${v}", "8080");
    CHECK_OK("${s${part}.${env}.port:none}", "8080");
    CHECK_OK("${svc.${env}.host:h-${env}}", "h-dev");
    CHECK_OK("${svc.${nope}.port}", "${svc.${nope}.port}");
    CHECK_OK("${svc.${nope:dev}.port}", "8080");
    CHECK_OK("${x:y${env}}", "ydev");
}


static void
test_escapes(void)
{
    given("a=1\nf=\\\\${a}\ng=$\\{a}\nu=\\\\${a:${b}}\n");

    CHECK_OK("\\${a}", "${a}");
    CHECK_OK("\\${a}${a}", "${a}1");
    CHECK_OK("x\\\\${a}", "x\\${a}");
    CHECK_OK("${f}", "${a}");
    CHECK_OK("\\n", "\\n");
    CHECK_OK("\\${open", "\\${open");
    CHECK_OK("${x:\\${a}}", "${a}");
    CHECK_OK("\\${x:${a}}", "${x:1}");

    ph.verbatim = 1;
    CHECK_OK("\\${a}", "\\1");
    CHECK_OK("${c\\:x:y}", "x:y");
    ph.verbatim = 0;
}


static void
test_open(void)
{
    given("a=1\n");

    CHECK_OK("${a", "${a");
    CHECK_OK("${", "${");
    CHECK_OK("$", "$");
    CHECK_OK("${x ${a}", "${x 1");
    CHECK_OK("${x {${a} ${a}", "${x {1 1");
    CHECK_OK("}${a}}", "}1}");
    CHECK_OK("{${a}", "{1");
    CHECK_OK("${a}$", "1$");
}


static void
test_strict(void)
{
    given("a=1\nb=${c}\nd=${nope:x}\ne=${nope}\nx=${y}\ny=${x}\ns=${s}\n"
          "l=a${l2}\nl2=b${l:q}\n");

    CHECK_BAD(ngx_rtalpha_placeholder_resolve, "${x}", "x");
    CHECK_BAD(ngx_rtalpha_placeholder_resolve, "${s}", "s");
    CHECK_BAD(ngx_rtalpha_placeholder_resolve, "${l}", "l");
    CHECK_OK("${a}${a}${d}${d}", "11xx");
    CHECK_OK("${e}", "${nope}");

    ph.strict = 1;
    CHECK_OK("${d}", "x");
    CHECK_BAD(ngx_rtalpha_placeholder_resolve, "${e}", "nope");
    CHECK_BAD(ngx_rtalpha_placeholder_resolve, "1 ${a} ${zz}", "zz");
    CHECK_BAD(ngx_rtalpha_placeholder_resolve, "${zz:${yy}}", "yy");
    ph.strict = 0;

    ph.trim = 1;
    CHECK_OK("${ a }${\ta}", "11");
    CHECK_OK("${ nope }", "${ nope }");
    ph.trim = 0;
}


/* the answers of the config server */

static void
test_served(void)
{
    given("a=1\nb=${a}\nblank=${ a }\ne=${nope}\nx=${y}\ny=${x}\n"
          "f=\\\\${a}\nn=base\nbase=1\n");

    CHECK_BOTH("${a}", "1", "1");
    CHECK_BOTH("${ a }", "1", "${ a }");
    CHECK_BOTH("\\${a}", "${a}", "${a}");
    CHECK_BOTH("\\\\${a}", "${a}", "${a}");
    CHECK_BOTH("\\\\\\${a}", "\\${a}", "\\${a}");
    CHECK_BOTH("\\${a}-${b}", "${a}-1", "${a}-1");
    CHECK_BOTH("${missing:${a}}", "1", "1");
    CHECK_BOTH("${missing}", "${missing}", "${missing}");
    CHECK_BOTH("${}", "${}", "${}");
    CHECK_BOTH("\\${}", "\\${}", "${}");
    CHECK_BOTH("${unclosed", "${unclosed", "${unclosed");
    CHECK_BOTH("${x0:b\\:c}", "b\\:c", "b\\:c");
    CHECK_BOTH("${${n}}", "1", "1");
    CHECK_BOTH("a${base}b${n}c", "a1bbasec", "a1bbasec");
    CHECK_BOTH("${a:${nope}}", "1", "1");
    CHECK_BOTH("it's \"${a}\"", "it's \"1\"", "it's \"1\"");

    /* what is looked up has to resolve in a value, and need not in a text */

    CHECK_BAD(ngx_rtalpha_placeholder_value, "${blank}", " a ");
    CHECK_AS(ngx_rtalpha_placeholder_text, "${blank}", "${ a }");
    CHECK_BAD(ngx_rtalpha_placeholder_value, "${e}", "nope");
    CHECK_AS(ngx_rtalpha_placeholder_text, "${e}", "${nope}");

    CHECK_BAD(ngx_rtalpha_placeholder_value, "${x}", "y");
    CHECK_BAD(ngx_rtalpha_placeholder_text, "${x}", "x");

    CHECK_AS(ngx_rtalpha_placeholder_text, "k: ${a}\nl: \\${a}\n",
             "k: 1\nl: ${a}\n");
}


static void
test_bounds(void)
{
    u_char      *p;
    ngx_str_t    s;
    ngx_uint_t   i;

    /* doubled at every step */

    p = ngx_pnalloc(pool, 3000000);
    s.data = p;

    for (i = 0; i < 40; i++) {
        p = ngx_sprintf(p, "k%ui=${k%ui}${k%ui}\n", i, i + 1, i + 1);
    }

    p = ngx_sprintf(p, "k40=xxxxxxxxxxxxxxxx\n");
    *p = '\0';

    given((char *) s.data);

    lookups = 0;
    CHECK(resolve(ngx_rtalpha_placeholder_resolve, "${k0}", 5)
          == NGX_DECLINED);
    CHECK(bad.len != 0);
    CHECK(lookups <= 10010);

    lookups = 0;
    CHECK(resolve(ngx_rtalpha_placeholder_value, "${k0}", 5) == NGX_DECLINED);
    CHECK(lookups <= 10010);

    /* a chain that is too long, and one that is not */

    for (i = 0, p = s.data; i < 100; i++) {
        p = ngx_sprintf(p, "k%ui=${k%ui}\n", i, i + 1);
    }

    p = ngx_sprintf(p, "k100=x\n");
    *p = '\0';

    given((char *) s.data);

    CHECK_OK("${k45}", "x");
    CHECK(resolve(ngx_rtalpha_placeholder_resolve, "${k0}", 5)
          == NGX_DECLINED);

    /* nothing but beginnings, nothing but nesting */

    for (i = 0; i < 1000000; i++) {
        s.data[i * 2] = '$';
        s.data[i * 2 + 1] = '{';
    }

    CHECK(resolve(ngx_rtalpha_placeholder_resolve, (char *) s.data, 2000000)
          == NGX_OK);
    CHECK(result.len == 2000000);

    ngx_memset(s.data + 2000000, '}', 1000000);

    CHECK(resolve(ngx_rtalpha_placeholder_resolve, (char *) s.data, 3000000)
          == NGX_DECLINED);

    /* many placeholders in a large text */

    for (i = 0, p = s.data; i < 100000; i++) {
        p = ngx_sprintf(p, "${k100} ${no}\n");
    }

    CHECK(resolve(ngx_rtalpha_placeholder_text, (char *) s.data, p - s.data)
          == NGX_OK);
    CHECK(result.len == 800000);
}


int
main(void)
{
    pool = unit_pool();

    test_plain();
    test_defaults();
    test_nested_names();
    test_escapes();
    test_open();
    test_strict();
    test_served();
    test_bounds();

    ngx_destroy_pool(pool);

    return unit_done();
}
