/* unit: ngx_rtalpha_core/ngx_rtalpha_yaml.c ngx_rtalpha_core/ngx_rtalpha_yaml_text.c ngx_rtalpha_core/ngx_rtalpha_yaml_merge.c ngx_rtalpha_core/ngx_rtalpha_yaml_flat.c ngx_rtalpha_core/ngx_rtalpha_scalar.c ngx_rtalpha_core/ngx_rtalpha_java.c ngx_rtalpha_core/ngx_rtalpha_load.c ngx_rtalpha_core/ngx_rtalpha_props.c ngx_rtalpha_core/ngx_rtalpha_out.c */

#include "unit.h"
#include "ngx_rtalpha_yaml.h"
#include "ngx_rtalpha_java.h"

#include <math.h>


static ngx_pool_t                 *pool;
static ngx_rtalpha_load_error_t    error;
static ngx_rtalpha_load_limits_t   limits;
static ngx_uint_t                  places;


/*
 * Documents as "key=value key=value | key=value".  A string is in quotes,
 * binary in '<>', a date in '@'.
 */

static ngx_str_t
load(const char *text, size_t len)
{
    u_char                     *quote;
    ngx_int_t                   rc;
    ngx_str_t                   input, s;
    ngx_uint_t                  i, k;
    ngx_array_t                *docs;
    ngx_rtalpha_out_t           out;
    ngx_rtalpha_props_t       **doc;
    const ngx_rtalpha_prop_t   *prop;

    static u_char  *quotes[] = {
        (u_char *) "''", (u_char *) "\0\0", (u_char *) "\0\0",
        (u_char *) "\0\0", (u_char *) "??", (u_char *) "<>", (u_char *) "@@"
    };

    input.data = ngx_pnalloc(pool, len ? len : 1);
    input.len = len;
    ngx_memcpy(input.data, text, len);

    ngx_str_null(&s);
    ngx_memzero(&error, sizeof(error));

    rc = ngx_rtalpha_yaml_load(pool, &input, &limits, 5, &docs, &error);

    if (rc != NGX_OK) {
        CHECK(rc == NGX_DECLINED);
        return s;
    }

    CHECK(ngx_rtalpha_out_init(&out, pool, 0, 100000000) == NGX_OK);
    doc = docs->elts;

    for (i = 0; i < docs->nelts; i++) {

        if (i) {
            ngx_rtalpha_out_lit(&out, " | ");
        }

        for (k = 0; k < ngx_rtalpha_props_count(doc[i]); k++) {
            prop = ngx_rtalpha_props_at(doc[i], k);
            quote = quotes[prop->type];

            if (prop->file != 5) {
                CHECK(prop->file == 5);
            }

            ngx_rtalpha_out_bytes(&out, (u_char *) " ", k != 0);
            ngx_rtalpha_out_str(&out, &prop->key);
            ngx_rtalpha_out_char(&out, '=');
            ngx_rtalpha_out_bytes(&out, quote, quote[0] != 0);
            ngx_rtalpha_out_str(&out, &prop->text);
            ngx_rtalpha_out_bytes(&out, quote + 1, quote[0] != 0);

            if (places) {
                ngx_rtalpha_out_printf(&out, "%uD:%uD", prop->line,
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
        CHECK_STR(&error.message, "");                                        \
    } while (0)

#define CHECK_REFUSED(text, want)                                             \
    do {                                                                      \
        ngx_str_t  got_ = load(text, sizeof(text) - 1);                       \
        CHECK_STR(&got_, "");                                                 \
        CHECK_STR(&error.message, want);                                      \
    } while (0)


static void
test_scalars(void)
{
    CHECK_LOAD("[yes, Yes, YES, no, on, off, Off, true, TRUE, False]",
               "document[0]=true document[1]=true document[2]=true "
               "document[3]=false document[4]=true document[5]=false "
               "document[6]=false document[7]=true document[8]=true "
               "document[9]=false");
    CHECK_LOAD("[y, n, Y, N, yEs, oN, tRUE, TRue, nULL, NUll, none]",
               "document[0]='y' document[1]='n' document[2]='Y' "
               "document[3]='N' document[4]='yEs' document[5]='oN' "
               "document[6]='tRUE' document[7]='TRue' document[8]='nULL' "
               "document[9]='NUll' document[10]='none'");
    CHECK_LOAD("a: ~\nb: null\nc: Null\nd: NULL\ne:\nf: \"\"\ng: '~'\n",
               "a='' b='' c='' d='' e='' f='' g='~'");
    CHECK_LOAD("d: 2001-12-14\nt: 2001-12-14t21:59:43.10-05:00\nv: 1.2.3\n"
               "p: 50%\nu: http://foo/bar",
               "d='2001-12-14' t='2001-12-14t21:59:43.10-05:00' v='1.2.3' "
               "p='50%' u='http://foo/bar'");
}


static void
test_ints(void)
{
    CHECK_LOAD("[42, -7, +12, 0, -0, 00012, 017, 1_000, 1__0, 00, 0_7]",
               "document[0]=42 document[1]=-7 document[2]=12 document[3]=0 "
               "document[4]=0 document[5]=10 document[6]=15 "
               "document[7]=1000 document[8]=10 document[9]=0 "
               "document[10]=7");
    CHECK_LOAD("[0xFF, +0x1F, 0x_f_, -0xA, 0b101, -0b11, 0b_1_0, 0777, -010]",
               "document[0]=255 document[1]=31 document[2]=15 "
               "document[3]=-10 document[4]=5 document[5]=-3 "
               "document[6]=2 document[7]=511 document[8]=-8");
    CHECK_LOAD("[0x, 0b, 0o17, 089, _1, 0b2, 0xg, '1', +, -, 0b_, 0x_, 1-2]",
               "document[0]='0x' document[1]='0b' document[2]='0o17' "
               "document[3]='089' document[4]='_1' document[5]='0b2' "
               "document[6]='0xg' document[7]='1' document[8]='+' "
               "document[9]='-' document[10]='0b_' document[11]='0x_' "
               "document[12]='1-2'");
    CHECK_LOAD("- 12:30\n- 12:30:45\n- 190:20:30\n- -12:30\n- 1:5\n- 1:60\n"
               "- 1:305\n- 0:30\n- '12:'\n- 1_0:30",
               "document[0]=750 document[1]=45045 document[2]=685230 "
               "document[3]=-750 document[4]=65 document[5]='1:60' "
               "document[6]='1:305' document[7]='0:30' document[8]='12:' "
               "document[9]=630");

    /* any size; the arithmetic of sexagesimals is that of Java's int */

    CHECK_LOAD("- 12345678901234567890123\n- -9223372036854775809\n"
               "- 0xffffffffffffffffffffffffffffffffffffffff\n"
               "- 0b1111111111111111111111111111111111111111111111111111111111"
               "1111111111\n- 07777777777777777777777777777\n",
               "document[0]=12345678901234567890123 "
               "document[1]=-9223372036854775809 document[2]="
               "1461501637330902918203684832716283019655932542975 document[3]="
               "295147905179352825855 document[4]=19342813113834066795298815");
    CHECK_LOAD("- 99999999:00\n", "document[0]=1705032644");
    CHECK_REFUSED("- 99999999999999999999:00\n",
                  "\"99999999999999999999:00\" is no number");
}


static void
test_floats(void)
{
    CHECK_LOAD("[3.14, 1.10, 1e3, 1E5, 1e+3, .5, 5., 1_0.5, 1.e3, .5e1, -.5]",
               "document[0]=3.14 document[1]=1.1 document[2]=1000.0 "
               "document[3]=100000.0 document[4]=1000.0 document[5]=0.5 "
               "document[6]=5.0 document[7]=10.5 document[8]=1000.0 "
               "document[9]=5.0 document[10]=-0.5");
    CHECK_LOAD("[1e7, 1e6, 9999999.0, 12345678.9, 0.001, 9.99e-4, 1.0E-5, "
               "1e21, 6.02E23, 100.0, 123456789.123456789123, -0.0, 0.0]",
               "document[0]=1.0E7 document[1]=1000000.0 "
               "document[2]=9999999.0 document[3]=1.23456789E7 "
               "document[4]=0.001 document[5]=9.99E-4 document[6]=1.0E-5 "
               "document[7]=1.0E21 document[8]=6.02E23 document[9]=100.0 "
               "document[10]=1.2345678912345679E8 document[11]=-0.0 "
               "document[12]=0.0");
    CHECK_LOAD("[4.9e-324, 1.7976931348623157e308, 3.4028235e38, 1e400, "
               "-1e400, 1.0e-400, 0.30000000000000004, 2.2250738585072014E-308"
               ", 1e23, 9007199254740993.0]",
               "document[0]=4.9E-324 document[1]=1.7976931348623157E308 "
               "document[2]=3.4028235E38 document[3]=Infinity "
               "document[4]=-Infinity document[5]=0.0 "
               "document[6]=0.30000000000000004 "
               "document[7]=2.2250738585072014E-308 document[8]=1.0E23 "
               "document[9]=9.007199254740992E15");
    CHECK_LOAD("[.inf, -.Inf, +.INF, .nan, .NaN, .NAN, .Nan, -.nan]",
               "document[0]=Infinity document[1]=-Infinity "
               "document[2]=Infinity document[3]=NaN document[4]=NaN "
               "document[5]=NaN document[6]='.Nan' document[7]='-.nan'");
    CHECK_LOAD("- 190:20:30.15\n- 1:30._\n- 1:30.5e1\n- 1.2.3\n- 1e\n- .\n- e1",
               "document[0]=685230.15 document[1]=90.0 "
               "document[2]='1:30.5e1' document[3]='1.2.3' document[4]='1e' "
               "document[5]='.' document[6]='e1'");

    /* what the pattern takes for a number and Java does not */

    CHECK_REFUSED("a: ._", "\"._\" is no number");
    CHECK(error.line == 1 && error.column == 4);
}


static void
test_doubles(void)
{
    u_char      *p, buf[NGX_RTALPHA_JAVA_DOUBLE_LEN + 1];
    double       d;
    uint64_t     bits;
    ngx_uint_t   i;

    /* what is printed reads back as the same number, whatever it is */

    bits = 88172645463325252ULL;

    for (i = 0; i < 100000; i++) {
        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;

        ngx_memcpy(&d, &bits, sizeof(d));

        if (isnan(d) || isinf(d)) {
            continue;
        }

        p = ngx_rtalpha_java_double(buf, d);
        *p = '\0';

        if (strtod((char *) buf, NULL) != d
            || p - buf > NGX_RTALPHA_JAVA_DOUBLE_LEN)
        {
            CHECK_STR(&((ngx_str_t) { p - buf, buf }), "the same number");
        }
    }

    CHECK(i == 100000);
}


static void
test_tags(void)
{
    CHECK_LOAD("s: !!str 123\ni: !!int \"5\"\nf: !!float 3\nb: !!bool \"yes\"\n"
               "n: !!null \"\"\nx: !!null x\nm: !!bool maybe\n",
               "s='123' i=5 f=3.0 b=true n='' x='' m=''");
    CHECK_LOAD("a: !!binary aGVsbG8=\nb: !!binary |\n  aGVs\n  bG8=\n"
               "c: !!binary ''",
               "a=<aGVsbG8=> b=<aGVsbG8=> c=<>");
    CHECK_LOAD("a: !!set {x, y}\nb: !!set {}\nc: !!set {1, ~}",
               "a[0]='x' a[1]='y' b='' c[0]=1 c[1]=''");
    CHECK_LOAD("a: !!omap [x: 1, y: 2, x: 3]\n", "a.x=3 a.y=2");
    CHECK_LOAD("a: !!seq [1]\nb: !!map {c: d}\n", "a[0]=1 b.c='d'");
    CHECK_LOAD("a: ! 12\nb: ! \"12\"\n", "a=12 b=12");
    CHECK_LOAD("- !!timestamp 2001-01-01\n"
               "- !!timestamp 2001-12-14t21:59:43.10-05:00\n"
               "- !!timestamp 1969-12-31 23:59:59.5 Z\n"
               "- !!timestamp 2000-02-29\n"
               "- !!timestamp 2001-2-3 4:05:06 +1:30\n",
               "document[0]=@2001-01-01T00:00:00.000+00:00@ "
               "document[1]=@2001-12-15T02:59:43.100+00:00@ "
               "document[2]=@1969-12-31T23:59:59.500+00:00@ "
               "document[3]=@2000-02-29T00:00:00.000+00:00@ "
               "document[4]=@2001-02-03T02:35:06.000+00:00@");

    CHECK_REFUSED("a: !foo 1\n",
                  "could not determine a constructor for the tag !foo");
    CHECK_REFUSED("a: !!java.util.Date 2001-01-01\n",
                  "could not determine a constructor for the tag "
                  "tag:yaml.org,2002:java.util.Date");
    CHECK_REFUSED("a: !!pairs [x: 1]\n",
                  "could not determine a constructor for the tag "
                  "tag:yaml.org,2002:pairs");
    CHECK_REFUSED("a: !!int {}\n",
                  "could not determine a constructor for the tag "
                  "tag:yaml.org,2002:int");
    CHECK_REFUSED("a: !!int x\n", "\"x\" is no number");
    CHECK_REFUSED("a: !!int ''\n", "\"\" is no number");
    CHECK_REFUSED("a: !!float 1x\n", "\"1x\" is no number");
    CHECK_REFUSED("a: !!binary '*'\n", "\"*\" is no base64 text");
    CHECK_REFUSED("a: !!timestamp noon\n", "\"noon\" is no timestamp");
    CHECK_REFUSED("a: !!omap [1]\n", "expected a mapping of length 1");
    CHECK_REFUSED("a: <<\n", "\"<<\" is no value");
}


static void
test_structures(void)
{
    CHECK_LOAD("list: [a, 1, true, null, 2.5]\nemptylist: []\nemptymap: {}\n"
               "nested:\n  list:\n    - name: x\n      v: 1\n    - name: y\n"
               "      sub: [1, [2, 3], []]\n    - {}\n    -\n"
               "  map: {a: {b: {c: d}}}\n",
               "list[0]='a' list[1]=1 list[2]=true list[3]='' list[4]=2.5 "
               "emptylist='' nested.list[0].name='x' nested.list[0].v=1 "
               "nested.list[1].name='y' nested.list[1].sub[0]=1 "
               "nested.list[1].sub[1][0]=2 nested.list[1].sub[1][1]=3 "
               "nested.list[1].sub[2]='' nested.list[3]='' "
               "nested.map.a.b.c='d'");
    CHECK_LOAD("block: |\n  line1\n  line2\nfold: >\n  a\n  b\n\n  c\n"
               "foldstrip: >-\n  a\n  b\nlit: |+\n  x\n\nend: z\n",
               "block='line1\nline2\n' fold='a b\nc\n' foldstrip='a b' "
               "lit='x\n\n' end='z'");
    CHECK_LOAD("dq: \"a\\tb\\u00e9\\x41\\n\\0\"\nsq: 'single ''q'''\n",
               "dq='a\tb\xc3\xa9" "A\n\0' sq='single 'q''");
    CHECK_LOAD("a.b: 1\na:\n  b: 2\nc: 3\n", "a.b=2 c=3");
    CHECK_LOAD("{\"a\": {\"b\": [1, 2, {\"c\": null}]}, \"s\": \"x\"}",
               "a.b[0]=1 a.b[1]=2 a.b[2].c='' s='x'");
}


static void
test_keys(void)
{
    CHECK_LOAD("1: one\n2.5: f\ntrue: t\nnull: n\n'[x]': b\n1.0: o\n0x10: h\n"
               "2001-01-01: d\nyes2: y\n12:30: s\n",
               "[1]='one' [2.5]='f' [true]='t' [null]='n' [x]='b' [1.0]='o' "
               "[16]='h' 2001-01-01='d' yes2='y' [750]='s'");
    CHECK_LOAD("m:\n  1: i\n  '[/x/**]': p\n  true: t\n  x.y: d\n"
               "  '[z]': {q: 1}\n  '': e\n  k[1]: k\n",
               "m[1]='i' m[/x/**]='p' m[true]='t' m.x.y='d' m[z].q=1 m.='e' "
               "m.k[1]='k'");
    CHECK_LOAD("? [c1, c2]\n: s\n? {k: v, l: [1]}\n: m\n? []\n: e\n",
               "[[c1, c2]]='s' [{k=v, l=[1]}]='m' ='e'");
    CHECK_LOAD("? [~, {}, [x], !!set {a}, {~: 1}]\n: s\n",
               "[[, {}, [x], [a], {null=1}]]='s'");

    /* a blank path is dropped */

    CHECK_LOAD("'': {a: 1}\n' ': {b: {c: 2}, d: [3]}\n' e': 4\n",
               "a=1 b.c=2 d[0]=3  e=4");

    /* the same text of different kinds: the last one, in the first place */

    CHECK_LOAD("1: {a: x}\nz: 0\n'[1]': {b: y}\n", "[1].b='y' z=0");

    /* inside of lists Spring converts no keys */

    CHECK_REFUSED("l: [{1: x, a: 2}]\n",
                  "key [1] inside of a list is no string");
    CHECK_REFUSED("l: [{a: {b: {true: x}}}]\n",
                  "key [true] inside of a list is no string");
    CHECK_LOAD("m: {1: [{a: x}], 2: y}\n", "m[1][0].a='x' m[2]='y'");
}


/* what libyaml sees otherwise than SnakeYAML */

static void
test_text(void)
{
    static const char  tab[] = "found a tab that cannot start any token";

    CHECK_LOAD("a: \"\\ud83d\\ude00x\"\n", "a='\xf0\x9f\x98\x80x'");
    CHECK_LOAD("a: \"\\ud83d\\ude00\\ud83d\\ude01\"\nb: '\\ud83d\\ude00'\n",
               "a='\xf0\x9f\x98\x80\xf0\x9f\x98\x81' "
               "b='\\ud83d\\ude00'");
    CHECK_REFUSED("a: \"\\ud83d\"\n", "while parsing a quoted scalar: found "
                  "invalid Unicode character escape code");
    CHECK_REFUSED("a: \"\\ude00\\ud83d\"\n", "while parsing a quoted scalar: "
                  "found invalid Unicode character escape code");

    CHECK_LOAD("a: |\n  \tx\n  y\nb: |\n  \t\ty\n", "a='\tx\ny\n' b='\t\ty\n'");
    CHECK_REFUSED("a: >\n  \tx\n",
                  "found a tab where an indentation space is expected");

    CHECK_REFUSED("a:\tb\n", tab);
    CHECK(error.line == 1 && error.column == 3);
    CHECK_REFUSED("a: [1,\t2]\n", tab);
    CHECK_REFUSED("a: 'x'\t# c\n", tab);
    CHECK_REFUSED("-\ta\n",
                  "while scanning for the next token: found character that "
                  "cannot start any token");
    CHECK_REFUSED("a: x\n \ty\n", tab);
    CHECK(error.line == 2 && error.column == 2);
    CHECK_REFUSED("a: |\t\n  x\n", tab);
    CHECK_LOAD("a: x\t# c\nb\t: y \t \n# a\tb\nc: \"x\ty\"\nd: x\ty\n",
               "a='x' b='y' c='x\ty' d='x\ty'");
    CHECK_LOAD("a: |\n  x\n  \ty\n", "a='x\n\ty\n'");

    CHECK_REFUSED("a: \"x\\/y\"\n", "found unknown escape character /");
    CHECK(error.line == 1 && error.column == 7);
    CHECK_LOAD("a: 'x\\/y'\nb: x\\/y\nc: \"x\\\\/y\"\n",
               "a='x\\/y' b='x\\/y' c='x\\/y'");
}


static void
test_duplicates(void)
{
    CHECK_REFUSED("a: 1\na: 2\n", "found duplicate key a");
    CHECK(error.line == 2 && error.column == 1);

    CHECK_REFUSED("m: {x: 1, y: 2, x: 3}", "found duplicate key x");
    CHECK_REFUSED("true: 1\nyes: 2", "found duplicate key true");
    CHECK_REFUSED("1: 1\n0x1: 2", "found duplicate key 1");
    CHECK_REFUSED("a: 1\n<<: {b: 1}\na: 2", "found duplicate key a");
    CHECK_REFUSED("? [1]\n: a\n? [1]\n: b\n", "found duplicate key [1]");
    CHECK_REFUSED("a: !!set {x, x}", "found duplicate key x");
    CHECK_LOAD("1: a\n'1': b\n", "[1]='a' 1='b'");

    /* more keys than are compared one by one */

    CHECK_REFUSED("{a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1, h: 1, i: 1, "
                  "j: 1, k: 1, l: 1, m: 1, o: 1, p: 1, q: 1, r: 1, s: 1, "
                  "t: 1, 7: 1, 8: 1, r: 1}", "found duplicate key r");
    CHECK_REFUSED("{a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1, h: 1, i: 1, "
                  "j: 1, k: 1, l: 1, m: 1, o: 1, p: 1, q: 1, r: 1, s: 1, "
                  "t: 1, 7: 1, 8: 1, a: 1}", "found duplicate key a");
}


static void
test_merges(void)
{
    CHECK_LOAD("base: &b\n  x: 1\n  y: 2\nder:\n  <<: *b\n  y: 3\nder2:\n"
               "  y: 3\n  <<: *b\nmulti:\n  <<: [*b, {z: 9, x: 8}]\n"
               "al: &s hello\nal2: *s\nlst: &l [1,2]\nlst2: *l\n",
               "base.x=1 base.y=2 der.x=1 der.y=3 der2.y=3 der2.x=1 "
               "multi.x=8 multi.y=2 multi.z=9 al='hello' al2='hello' "
               "lst[0]=1 lst[1]=2 lst2[0]=1 lst2[1]=2");
    CHECK_LOAD("x: &x {a: 1, b: 2}\ny:\n  b: 3\n  <<: *x\n"
               "z:\n  <<: [*x, {a: 9, c: 3}]\n",
               "x.a=1 x.b=2 y.b=3 y.a=1 z.a=9 z.b=2 z.c=3");

    /* two aliases: the first; two maps in place: the first */

    CHECK_LOAD("a: &a {k: 1}\nb: &b {k: 2}\nc: {<<: [*a, *b]}\n",
               "a.k=1 b.k=2 c.k=1");
    CHECK_LOAD("many: {<<: [{p: 1, q: 1}, {p: 2}], r: 1}",
               "many.p=1 many.q=1 many.r=1");

    /* what is written in place and merged overrides even what is explicit */

    CHECK_LOAD("y: {b: 3, <<: {b: 2, c: {d: 1}}}", "y.b=2 y.c.d=1");
    CHECK_LOAD("y: {'<<': {b: 2}}", "y.<<.b=2");
    CHECK_LOAD("a: &a {<<: {x: 1}, y: 2}\nb: {<<: *a, x: 3}\n",
               "a.x=1 a.y=2 b.x=3 b.y=2");
    CHECK_LOAD("a: {<<: [], b: 1}\nc: {<<: {}}\n", "a.b=1");

    CHECK_REFUSED("a: {<<: 1}",
                  "expected a mapping or list of mappings for merging");
    CHECK_REFUSED("a: {<<: [[]]}", "expected a mapping for merging");
}


static void
test_aliases(void)
{
    CHECK_LOAD("a: &a [1, 2]\nb: *a\nc: [*a, *a]\n",
               "a[0]=1 a[1]=2 b[0]=1 b[1]=2 c[0][0]=1 c[0][1]=2 c[1][0]=1 "
               "c[1][1]=2");
    CHECK_LOAD("a: &k key\n*k : v\nb: &k second\nc: *k\n",
               "a='key' key='v' b='second' c='second'");
    CHECK_LOAD("a: &x 1\n---\nb: 2\n", "a=1 | b=2");

    CHECK_REFUSED("a: *nope\n", "found undefined alias nope");
    CHECK_REFUSED("a: &x 1\n---\nb: *x\n", "found undefined alias x");
    CHECK_REFUSED("a: &a {b: *a}\n",
                  "alias a is inside of what it stands for");
    CHECK_REFUSED("a: &a [1, [*a]]\n",
                  "alias a is inside of what it stands for");
    CHECK_REFUSED("a: &a {x: 1, <<: *a}\n",
                  "alias a is inside of what it stands for");
}


static void
test_documents(void)
{
    CHECK_LOAD("", "");
    CHECK_LOAD("# comment\n", "");
    CHECK_LOAD("---\n---\na: 1\n---\n# c\n---\nb: 2\n...\n---\n{}\n",
               "a=1 | b=2 | ");
    CHECK_LOAD("---\nnull\n---\n''\n---\n[]\n---\na: 1\n", "a=1");
    CHECK_LOAD("just a string\n", "document='just a string'");
    CHECK_LOAD("42", "document=42");
    CHECK_LOAD("- a\n- b: 1\n", "document[0]='a' document[1].b=1");
    CHECK_LOAD("!!set {a, b}\n", "document[0]='a' document[1]='b'");
    CHECK_LOAD("!!omap [a: 1]\n", "a=1");
    CHECK_LOAD("\xef\xbb\xbf" "a: bom\n", "a='bom'");
    CHECK_LOAD("\xff\xfe" "a\0:\0 \0\xe9\0\n\0", "a='\xc3\xa9'");
    CHECK_LOAD("a: 1\r\nb: |\r\n  x\r\n  y\r\n", "a=1 b='x\ny\n'");
}


static void
test_broken(void)
{
    CHECK_REFUSED("a: [1, 2\nb: }\n",
                  "while parsing a flow sequence: did not find expected ',' "
                  "or ']'");
    CHECK(error.line == 2 && error.column == 2);

    CHECK_REFUSED("a:\n\tb: 1\n",
                  "while scanning for the next token: found character that "
                  "cannot start any token");
    CHECK(error.line == 2 && error.column == 1);

    CHECK_REFUSED("a: \"\\q\"\n", "while parsing a quoted scalar: found "
                  "unknown escape character");
    CHECK_REFUSED("a: caf\xe9\n", "incomplete UTF-8 octet sequence at byte 6");
    CHECK_REFUSED("a: \x01\n", "control characters are not allowed at byte 3");
    CHECK_REFUSED("a: 1\n---\nb: [\n",
                  "while parsing a flow node: did not find expected node "
                  "content");
}


static void
test_places(void)
{
    places = 1;

    CHECK_LOAD("a: 1\nb:\n  c: 'x'\n  d: [y, \"z\"]\ne: |\n  t\nf:\n",
               "a=11:4 b.c='x'3:6 b.d[0]='y'4:7 b.d[1]='z'4:10 e='t\n'5:4 "
               "f=''7:3");
    CHECK_LOAD("a: &a [1]\nb: *a\nc: !!int \"3\"\nd: []\ne: !!set {x}\n",
               "a[0]=11:8 b[0]=11:8 c=33:4 d=''4:4 e[0]='x'0:0");

    places = 0;
}


static void
test_limits(void)
{
    CHECK_LOAD("a: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[x]]]]]]]]]]]"
               "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
               "a[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]"
               "[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]"
               "[0][0][0][0][0][0][0][0]='x'");

    limits.depth = 3;
    CHECK_LOAD("a: {b: {c: 1}}", "a.b.c=1");
    CHECK_REFUSED("a: {b: {c: {d: 1}}}", "nesting depth exceeded max 3");
    limits.depth = 0;

    limits.nodes = 5;
    CHECK_LOAD("a: 1\nb: 2\n", "a=1 b=2");
    CHECK_REFUSED("a: 1\nb: 2\nc: 3\n", "more than 5 nodes");
    limits.nodes = 12;
    CHECK_LOAD("a: &a [1, 2, 3]\nb: *a", "a[0]=1 a[1]=2 a[2]=3 b[0]=1 b[1]=2 "
               "b[2]=3");
    CHECK_REFUSED("a: &a [1, 2, 3]\nb: [*a, *a]", "more than 12 nodes");
    limits.nodes = 0;

    limits.aliases = 2;
    CHECK_LOAD("a: &a []\nb: *a\nc: *a\nd: &d 1\ne: [*d, *d, *d]\n",
               "a='' b='' c='' d=1 e[0]=1 e[1]=1 e[2]=1");
    CHECK_REFUSED("a: &a []\nb: *a\nc: *a\nd: *a\n",
                  "more than 2 aliases of collections");
    limits.aliases = 0;

    limits.index = 2;
    CHECK_LOAD("a: [1, 2, 3]\nb[70000]: 1\n70000: 2\n",
               "a[0]=1 a[1]=2 a[2]=3 b[70000]=1 [70000]=2");
    CHECK_REFUSED("a: [1, 2, 3, 4]\n", "list is longer than 3");
    limits.index = 0;

    limits.size = 4;
    CHECK_LOAD("a: 1", "a=1");
    CHECK_REFUSED("a: 12", "more than 4 bytes");
    limits.size = 0;

    limits.text = 12;
    CHECK_LOAD("a: {b: 1}\n", "a.b=1");
    CHECK_REFUSED("a: {b: 1, c: 2, d: 3}\n", "keys are too long");
    limits.text = 0;
}


/* input that grows without bound when taken at its word */

static void
test_bombs(void)
{
    u_char      *p, *text;
    ngx_uint_t   i, k;

    text = ngx_pnalloc(pool, 4000000);

    /* nine levels of nine aliases each */

    p = ngx_sprintf(text, "a0: &a0 [x, x, x, x, x, x, x, x, x]\n");

    for (i = 1; i < 12; i++) {
        p = ngx_sprintf(p, "a%ui: &a%ui [", i, i);

        for (k = 0; k < 9; k++) {
            p = ngx_sprintf(p, "*a%ui,", i - 1);
        }

        p = ngx_sprintf(p, "]\n");
    }

    CHECK(load((char *) text, p - text).len == 0);
    CHECK_STR(&error.message, "more than 1000000 nodes");

    /* the same with mappings that are empty in the end, as keys, merged */

    p = ngx_sprintf(text, "a0: &a0 {}\n");

    for (i = 1; i < 24; i++) {
        p = ngx_sprintf(p, "a%ui: &a%ui {x: *a%ui, y: *a%ui}\n", i, i, i - 1,
                        i - 1);
    }

    CHECK(load((char *) text, p - text).len == 0);
    CHECK_STR(&error.message, "more than 1000000 nodes");

    p = ngx_sprintf(p, "? *a22\n: 1\n");
    p[-9] = '?';

    CHECK(load((char *) text, p - text).len == 0);
    CHECK(error.message.len != 0);

    /* aliases of aliases, deeper than any document can nest */

    p = ngx_sprintf(text, "a0: &a0 [x]\n");

    for (i = 1; i < 5000; i++) {
        p = ngx_sprintf(p, "a%ui: &a%ui [*a%ui]\n", i, i, i - 1);
    }

    CHECK(load((char *) text, p - text).len == 0);
    CHECK_STR(&error.message, "aliases nest too deep");

    /* a long key over many values */

    p = ngx_cpymem(text, "? ", 2);
    ngx_memset(p, 'k', 100000);
    p = ngx_sprintf(p + 100000, "\n: [");

    for (i = 0; i < 50000; i++) {
        p = ngx_cpymem(p, "1,", 2);
    }

    *p++ = ']';

    CHECK(load((char *) text, p - text).len == 0);
    CHECK_STR(&error.message, "keys are too long");

    /* documents */

    for (i = 0, p = text; i < 10001; i++) {
        p = ngx_cpymem(p, "---\n{}\n", 7);
    }

    CHECK(load((char *) text, p - text).len == 0);
    CHECK_STR(&error.message, "more than 10000 documents");
}


int
main(void)
{
    pool = unit_pool();

    test_scalars();
    test_ints();
    test_floats();
    test_doubles();
    test_tags();
    test_structures();
    test_keys();
    test_text();
    test_duplicates();
    test_merges();
    test_aliases();
    test_documents();
    test_broken();
    test_places();
    test_limits();
    test_bombs();

    ngx_destroy_pool(pool);

    return unit_done();
}
