/* unit: ngx_rtalpha_core/ngx_rtalpha_properties.c ngx_rtalpha_core/ngx_rtalpha_load.c ngx_rtalpha_core/ngx_rtalpha_props.c ngx_rtalpha_core/ngx_rtalpha_out.c */

#include "unit.h"
#include "ngx_rtalpha_properties.h"


static ngx_pool_t                 *pool;
static ngx_rtalpha_load_error_t    error;
static ngx_rtalpha_load_limits_t   limits;


/* documents as "key=value|key=value||key=value" */

static ngx_str_t
load(const char *text, size_t len)
{
    ngx_str_t                   input, s;
    ngx_int_t                   rc;
    ngx_uint_t                  i, k;
    ngx_array_t                *docs;
    ngx_rtalpha_out_t           out;
    ngx_rtalpha_props_t       **doc;
    const ngx_rtalpha_prop_t   *prop;

    /* a copy of its own, so that reading past the end is found */

    input.data = ngx_pnalloc(pool, len ? len : 1);
    input.len = len;
    ngx_memcpy(input.data, text, len);

    ngx_str_null(&s);
    ngx_memzero(&error, sizeof(error));

    rc = ngx_rtalpha_properties_load(pool, &input, &limits, 5, &docs, &error);

    if (rc != NGX_OK) {
        CHECK(rc == NGX_DECLINED);
        return s;
    }

    CHECK(ngx_rtalpha_out_init(&out, pool, 0, 10000000) == NGX_OK);
    doc = docs->elts;

    for (i = 0; i < docs->nelts; i++) {
        CHECK(ngx_rtalpha_props_count(doc[i]) != 0);

        if (i) {
            ngx_rtalpha_out_lit(&out, "||");
        }

        for (k = 0; k < ngx_rtalpha_props_count(doc[i]); k++) {
            prop = ngx_rtalpha_props_at(doc[i], k);

            CHECK(prop->type == NGX_RTALPHA_PROP_STRING);
            CHECK(prop->file == 5);

            if (k) {
                ngx_rtalpha_out_lit(&out, "|");
            }

            ngx_rtalpha_out_str(&out, &prop->key);
            ngx_rtalpha_out_lit(&out, "=");
            ngx_rtalpha_out_str(&out, &prop->text);

            if (limits.index == 1) {
                ngx_rtalpha_out_printf(&out, "@%uD:%uD", prop->line,
                                       prop->column);
            }
        }
    }

    CHECK(ngx_rtalpha_out_done(&out, &s) == NGX_OK);

    return s;
}


#define CHECK_LOAD(text, want)                                                \
    do {                                                                      \
        ngx_str_t  got_ = load(text, sizeof(text) - 1);                       \
        CHECK_STR(&got_, want);                                               \
    } while (0)

#define CHECK_REFUSED(text, want)                                             \
    do {                                                                      \
        ngx_str_t  got_ = load(text, sizeof(text) - 1);                       \
        CHECK_STR(&got_, "");                                                 \
        CHECK_STR(&error.message, want);                                      \
    } while (0)


static void
test_pairs(void)
{
    CHECK_LOAD("", "");
    CHECK_LOAD("# comment\n! comment2\n\n  \n", "");
    CHECK_LOAD("a=1\nb = 2\nc:3\nd : 4\ne 5\nf\ttabbed\ng\nh=\ni==x\nj=a=b:c",
               "a=1|b=2|c=3|d=4|e=5|f=tabbed|g=|h=|i==x|j=a=b:c");
    CHECK_LOAD("k=trailing   \n  w = indented\nz = 'q'\nv=true",
               "k=trailing   |w=indented|z='q'|v=true");
    CHECK_LOAD("dup=1\nx=0\ndup=2\n", "dup=2|x=0");
    CHECK_LOAD("=value\n : value\n", "");
    CHECK_LOAD("a=1\r\nb=2\rc=3\r\n", "a=1|b=2|c=3");
    CHECK_LOAD("s[0]=x\ns[1]=y\n[m.n]=z\n", "s[0]=x|s[1]=y|[m.n]=z");
    CHECK_LOAD("a b c\nd  =  e\n", "a=b c|d=e");
}


static void
test_escapes(void)
{
    CHECK_LOAD("m=esc\\=\\:\\#\\!\\n\\t\\\\x\ny=\\q\n",
               "m=esc=:#!\n\t\\x|y=q");
    CHECK_LOAD("n\\ space=sp\no\\=eq=v\np\\:q=w\n",
               "n space=sp|o=eq=v|p:q=w");
    CHECK_LOAD("a=\\r\\f|\nb=\\", "a=\r\f||b=");
    CHECK_LOAD("\\ t\\t = 1", "t=1");

    /* lines joined; what looks like a comment there is none */

    CHECK_LOAD("l=line1\\\n   line2\nx=a \\\r\n    b\n", "l=line1line2|x=a b");
    CHECK_LOAD("r=a\\\n# not comment\n", "r=a# not comment");
    CHECK_LOAD("ke\\\n  y=v\n", "key=v");
    CHECK_LOAD("a=b\\\n\nc=d", "a=b|c=d");
    CHECK_LOAD("a=b\\\n\\\n  c", "a=bc");

    /* an escaped '#' at the beginning is a comment all the same */

    CHECK_LOAD("\\#a=1\nb=2", "b=2");
}


static void
test_unicode(void)
{
    CHECK_LOAD("p=\\u00e9\\u4E2D", "p=\xC3\xA9\xE4\xB8\xAD");
    CHECK_LOAD("\\u0061\\u003d=1", "a==1");
    CHECK_LOAD("e=\\ud83d\\uDE00", "e=\xF0\x9F\x98\x80");
    CHECK_LOAD("e=\\ud83dx\\ude00\\ud83d", "e=\xEF\xBF\xBDx\xEF\xBF\xBD"
               "\xEF\xBF\xBD");
    CHECK_LOAD("e=\\ud83d\\ud83d\\ude00", "e=\xEF\xBF\xBD\xF0\x9F\x98\x80");

    CHECK_REFUSED("a=1\nb=\\u12\n", "malformed \\uXXXX escape");
    CHECK(error.line == 3);
    CHECK_REFUSED("b=\\u12", "malformed \\uXXXX escape");
    CHECK_REFUSED("b=\\u12g4", "malformed \\uXXXX escape");
    CHECK_REFUSED("b=\\u", "malformed \\uXXXX escape");
    CHECK_REFUSED("#\\u12\na=1", "malformed \\uXXXX escape");
    CHECK_LOAD("# see \\u12\na=1", "a=1");

    /* ISO-8859-1, unless UTF-8 is asked for */

    CHECK_LOAD("q=caf\xe9\nq2=caf\xc3\xa9\n",
               "q=caf\xc3\xa9|q2=caf\xc3\x83\xc2\xa9");

    limits.utf8 = 1;
    CHECK_LOAD("caf\xc3\xa9=\xe4\xb8\xad\\u00e9\n",
               "caf\xc3\xa9=\xe4\xb8\xad\xc3\xa9");
    limits.utf8 = 0;
}


static void
test_lists(void)
{
    CHECK_LOAD("t[]=a,b, c\\,d\n", "t[0]=a|t[1]=b|t[2]=c,d");
    CHECK_LOAD("k[]=a,b,c\\,d\nj[]=\ni[0]=x\ni[2]=z\nm.n[]=p, q\n",
               "k[0]=a|k[1]=b|k[2]=c,d|j[0]=|i[0]=x|i[2]=z|m.n[0]=p|m.n[1]=q");
    CHECK_LOAD("k[]=a,\nl[]=,b\nm[]=,,", "k[0]=a|l[0]=|l[1]=b|m[0]=|m[1]=");
    CHECK_LOAD("k[]=a,\\\n  b\n", "k[0]=a|k[1]=b");
    CHECK_LOAD("[]=a,b", "[0]=a|[1]=b");
}


static void
test_documents(void)
{
    CHECK_LOAD("k=1\n#---\nk=2\n!---\nk=3\n# ---\nk=4\n#--- x\nk=5\n #---\n"
               "k=6\n#----\nk=7\n#---\n#---\n", "k=1||k=2||k=7");
    CHECK_LOAD("k=1\n#---\nk=2\n", "k=1||k=2");
    CHECK_LOAD("k=1\n# c\n#---\n# c2\nk=2\n", "k=2");
    CHECK_LOAD("k=1\n#---\n# c2\nk=2\n", "k=2");
    CHECK_LOAD("k=1\n# c\n!---\nk=2\n", "k=1||k=2");
    CHECK_LOAD("#---\na=1\n#---\n#---\nb=2\n#---   \nc=3", "a=1||b=2||c=3");
    CHECK_LOAD("a=1\r\n#---\r\nb=2\r\n", "a=1||b=2");
}


static void
test_places(void)
{
    limits.index = 1;

    CHECK_LOAD("a=1\nb = 2\n\n  c:  3\nd\ne=\n",
               "a=1@1:3|b=2@2:5|c=3@4:7|d=@6:0|e=@7:0");
    CHECK_LOAD("t[]=a, b", "t[0]=a@1:5|t[1]=b@1:8");

    limits.index = 0;
}


static void
test_limits(void)
{
    u_char  *p;

    limits.nodes = 2;
    CHECK_LOAD("a=1\nb=2\n", "a=1|b=2");
    CHECK_REFUSED("a=1\nb=2\na=3\n", "more than 2 properties");
    limits.nodes = 0;

    limits.index = 2;
    CHECK_LOAD("k[]=1,2,3", "k[0]=1|k[1]=2|k[2]=3");
    CHECK_REFUSED("k[]=1,2,3,4", "list is too long");
    CHECK_LOAD("k[7000]=1", "k[7000]=1");
    limits.index = 0;

    limits.size = 4;
    CHECK_LOAD("a=12", "a=12");
    CHECK_REFUSED("a=123", "more than 4 bytes");
    limits.size = 0;

    /* a long key times many elements */

    p = ngx_pnalloc(pool, 200000);
    ngx_memset(p, 'k', 100000);
    ngx_memset(p + 100000, ',', 100000);
    ngx_memcpy(p + 99997, "[]=", 3);

    CHECK(load((char *) p, 200000).len == 0);
    CHECK_STR(&error.message, "list is too long");
}


int
main(void)
{
    pool = unit_pool();

    test_pairs();
    test_escapes();
    test_unicode();
    test_lists();
    test_documents();
    test_places();
    test_limits();

    ngx_destroy_pool(pool);

    return unit_done();
}
