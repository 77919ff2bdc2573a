/* unit: ngx_rtalpha_core/ngx_rtalpha_bind.c ngx_rtalpha_core/ngx_rtalpha_bind_key.c ngx_rtalpha_core/ngx_rtalpha_bind_value.c ngx_rtalpha_core/ngx_rtalpha_bind_report.c ngx_rtalpha_core/ngx_rtalpha_properties.c ngx_rtalpha_core/ngx_rtalpha_load.c ngx_rtalpha_core/ngx_rtalpha_props.c ngx_rtalpha_core/ngx_rtalpha_out.c */

#include "unit.h"
#include "ngx_rtalpha_bind.h"
#include "ngx_rtalpha_properties.h"


typedef struct {
    ngx_flag_t    preserve;
    ngx_int_t     count;
    ngx_msec_t    timeout;
    ngx_msec_t    lease;
    size_t        size;
    ngx_int_t     threshold;
    ngx_str_t     name;
    ngx_array_t  *hosts;
} conf_t;


static const ngx_rtalpha_bind_t  table[] = {
    { ngx_string("eureka.server.enable-self-preservation"),
      NGX_RTALPHA_BIND_FLAG, offsetof(conf_t, preserve), 0, 0,
      NGX_RTALPHA_BIND_USED, NULL },
    { ngx_string("eureka.server.thread-count"),
      NGX_RTALPHA_BIND_INT, offsetof(conf_t, count), 1, 64,
      NGX_RTALPHA_BIND_DIFFERENT, "counts nothing here" },
    { ngx_string("eureka.server.timeout-in-ms"),
      NGX_RTALPHA_BIND_MSEC, offsetof(conf_t, timeout), 0, 3600000,
      NGX_RTALPHA_BIND_USED, NULL },
    { ngx_string("eureka.server.lease"),
      NGX_RTALPHA_BIND_SEC, offsetof(conf_t, lease), 0, 0,
      NGX_RTALPHA_BIND_USED, NULL },
    { ngx_string("eureka.server.max-size"),
      NGX_RTALPHA_BIND_SIZE, offsetof(conf_t, size), 0, 0,
      NGX_RTALPHA_BIND_USED, NULL },
    { ngx_string("eureka.server.threshold"),
      NGX_RTALPHA_BIND_FRACTION, offsetof(conf_t, threshold), 0, 1000000,
      NGX_RTALPHA_BIND_USED, NULL },
    { ngx_string("eureka.name"),
      NGX_RTALPHA_BIND_STR, offsetof(conf_t, name), 0, 0,
      NGX_RTALPHA_BIND_USED, NULL },
    { ngx_string("eureka.hosts"),
      NGX_RTALPHA_BIND_LIST, offsetof(conf_t, hosts), 0, 0,
      NGX_RTALPHA_BIND_USED, NULL },
    { ngx_string("zuul.routes.*.path"), NGX_RTALPHA_BIND_NONE, 0, 0, 0,
      NGX_RTALPHA_BIND_USED, NULL },
    { ngx_string("zuul.routes.*"), NGX_RTALPHA_BIND_NONE, 0, 0, 0,
      NGX_RTALPHA_BIND_USED, NULL },
    { ngx_string("zuul.routes.*.extra.**"), NGX_RTALPHA_BIND_NONE, 0, 0, 0,
      NGX_RTALPHA_BIND_IGNORED, "is for others" },
    { ngx_string("zuul.prefix"), NGX_RTALPHA_BIND_NONE, 0, 0, 0,
      NGX_RTALPHA_BIND_USED, NULL },
    { ngx_string("ribbon.**"), NGX_RTALPHA_BIND_NONE, 0, 0, 0,
      NGX_RTALPHA_BIND_IGNORED, NULL },
    ngx_rtalpha_bind_null
};


static ngx_pool_t            *pool;
static conf_t                 conf;
static ngx_rtalpha_report_t   report;
static ngx_rtalpha_props_t   *props;


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


static void
bound(const char *text)
{
    given(text);

    ngx_memzero(&conf, sizeof(conf));
    conf.count = 7;
    ngx_str_set(&conf.name, "default");

    CHECK(ngx_rtalpha_report_init(&report, pool) == NGX_OK);
    CHECK(ngx_rtalpha_bind(pool, props, table, &conf, &report) == NGX_OK);
}


/* "key: verdict note" of the i-th line */

static ngx_str_t
line(ngx_uint_t i)
{
    ngx_str_t                   s;
    ngx_rtalpha_report_line_t  *lines;

    static const char  *verdicts[] = {
        "used", "different", "ignored", "unknown", "wrong"
    };

    ngx_str_set(&s, "none");

    if (i >= report.lines.nelts) {
        return s;
    }

    lines = report.lines.elts;

    s.data = ngx_pnalloc(pool, 2000);
    s.len = ngx_sprintf(s.data, "%V: %s", &lines[i].key,
                        verdicts[lines[i].verdict])
            - s.data;

    if (lines[i].note.len) {
        s.len = ngx_sprintf(s.data + s.len, " %V", &lines[i].note) - s.data;
    }

    return s;
}


#define CHECK_LINE(i, text)                                                   \
    do {                                                                      \
        ngx_str_t  line_ = line(i);                                           \
        CHECK_STR(&line_, text);                                              \
    } while (0)


static void
test_types(void)
{
    ngx_str_t  *host;

    bound("eureka.server.enableSelfPreservation=off\n"
         "eureka.server.THREAD_COUNT=12\n"
         "EUREKA.server.timeoutInMs=1500\n"
         "eureka.server.lease=90\n"
         "eureka.server.max-size=2MB\n"
         "eureka.server.threshold=0.85\n"
         "eureka.name= x y \n"
         "eureka.hosts=a, b ,,c,\n");

    CHECK(conf.preserve == 0);
    CHECK(conf.count == 12);
    CHECK(conf.timeout == 1500);
    CHECK(conf.lease == 90000);
    CHECK(conf.size == 2 * 1024 * 1024);
    CHECK(conf.threshold == 850000);
    CHECK_STR(&conf.name, "x y ");
    CHECK(conf.hosts->nelts == 3);

    host = conf.hosts->elts;
    CHECK_STR(&host[0], "a");
    CHECK_STR(&host[1], "b");
    CHECK_STR(&host[2], "c");

    CHECK(report.wrong == 0);
    CHECK(report.lines.nelts == 8);
    CHECK_LINE(0, "eureka.server.enableSelfPreservation: used");
    CHECK_LINE(1, "eureka.server.THREAD_COUNT: different "
               "counts nothing here");

    /* what is not there, or empty, leaves the default */

    bound("eureka.server.thread-count=\nfoo=1\n");
    CHECK(conf.count == 7);
    CHECK_STR(&conf.name, "default");
    CHECK(conf.hosts == NULL);
    CHECK(report.lines.nelts == 1);

    /* of two spellings the first counts */

    bound("eureka.server.threadCount=1\neureka.server.thread_count=2\n");
    CHECK(conf.count == 1);
    CHECK(report.lines.nelts == 2);
}


static void
test_lists(void)
{
    ngx_str_t  *host;

    bound("eureka.hosts[1]=b,b\neureka.hosts[0]=a\neureka.hosts[2]=\n");
    CHECK(conf.hosts->nelts == 3);
    host = conf.hosts->elts;
    CHECK_STR(&host[0], "a");
    CHECK_STR(&host[1], "b,b");
    CHECK_STR(&host[2], "");
    CHECK(report.lines.nelts == 3 && report.wrong == 0);

    bound("eureka.hosts=\n");
    CHECK(conf.hosts != NULL && conf.hosts->nelts == 0);

    bound("eureka.hosts[0]=a\neureka.hosts=x\neureka.hosts[1]=b\n");
    CHECK(conf.hosts->nelts == 1);
    host = conf.hosts->elts;
    CHECK_STR(&host[0], "x");

    bound("eureka.hosts[0]=a\neureka.hosts[2]=b\n");
    CHECK(conf.hosts == NULL);
    CHECK(report.wrong == 1);
    CHECK_LINE(2, "eureka.hosts[2]: wrong list has gaps before this: \"b\"");

    bound("eureka.hosts[99999999]=a\n");
    CHECK(report.wrong == 1);
    bound("eureka.hosts[0]=a\neureka.Hosts[0]=b\n");
    CHECK(report.wrong == 1);
    bound("eureka.hosts[x]=a\neureka.hosts[0].y=b\neureka.hosts.z=c\n");
    CHECK(conf.hosts == NULL);
    CHECK_LINE(0, "eureka.hosts[x]: unknown is not known; the nearest key is "
               "\"eureka.hosts\"");
}


static void
test_wrong(void)
{
    bound("eureka.server.enable-self-preservation=maybe\n"
         "eureka.server.thread-count=0\n"
         "eureka.server.timeout-in-ms=2h\n"
         "eureka.server.lease=soon\n"
         "eureka.server.max-size=-1\n"
         "eureka.server.threshold=1.5\n");

    CHECK(report.wrong == 6);
    CHECK_LINE(0, "eureka.server.enable-self-preservation: wrong "
               "is neither true nor false: \"maybe\"");
    CHECK_LINE(1, "eureka.server.thread-count: wrong "
               "is less than 1: \"0\"");
    CHECK_LINE(2, "eureka.server.timeout-in-ms: wrong "
               "is more than 3600000: \"2h\"");
    CHECK_LINE(3, "eureka.server.lease: wrong is no duration: \"soon\"");
    CHECK_LINE(4, "eureka.server.max-size: wrong is no size: \"-1\"");
    CHECK_LINE(5, "eureka.server.threshold: wrong "
               "is more than 1000000: \"1.5\"");

    CHECK(conf.count == 7);
    CHECK(conf.timeout == 0);

    bound("eureka.server.thread-count=1x\neureka.server.threshold=x\n");
    CHECK_LINE(0, "eureka.server.thread-count: wrong "
               "is no whole number: \"1x\"");
    CHECK_LINE(1, "eureka.server.threshold: wrong is no number: \"x\"");
}


static void
test_patterns(void)
{
    bound("zuul.routes.pms.path=/pms/**\n"
         "zuul.routes[a.b].path=/x\n"
         "zuul.routes.ums=/ums/**\n"
         "zuul.routes.pms.extra.deep[0].x=1\n"
         "zuul.routes.pms.pathh=1\n"
         "zuul.prefix=/api\n"
         "zuul.ignored=1\n"
         "ribbon.read-timeout=1\n"
         "ribbon=1\n"
         "other.key=1\n"
         "eureka.client.x=1\n"
         "eureka.server.enable-self-preservtion=1\n"
         "zuul..x=1\n");

    CHECK_LINE(0, "zuul.routes.pms.path: used");
    CHECK_LINE(1, "zuul.routes[a.b].path: used");
    CHECK_LINE(2, "zuul.routes.ums: used");
    CHECK_LINE(3, "zuul.routes.pms.extra.deep[0].x: ignored is for others");
    CHECK_LINE(4, "zuul.routes.pms.pathh: unknown is not known; the nearest "
               "key is \"zuul.routes.*.path\"");
    CHECK_LINE(5, "zuul.prefix: used");
    CHECK_LINE(6, "ribbon.read-timeout: ignored");
    CHECK_LINE(7, "ribbon: ignored");
    CHECK_LINE(8, "eureka.server.enable-self-preservtion: unknown is not "
               "known; the nearest key is "
               "\"eureka.server.enable-self-preservation\"");
    CHECK(report.lines.nelts == 9);

    /* two short names in one place have nothing to do with each other */
    bound("eureka.server.foo=1\n");
    CHECK_LINE(0, "eureka.server.foo: unknown is not known");
}


static void
test_elements(void)
{
    ngx_str_t   rest, e, a, b;
    ngx_uint_t  i;

    static struct { const char *key; const char *elements; } cases[] = {
        { "zuul.routes[a.b].path", "zuul|routes|a.b|path|" },
        { "a[0][1].c", "a|0|1|c|" },
        { "[1]", "1|" },
        { "m[[c1, c2]].x", "m|[c1, c2]|x|" },
        { "a", "a|" },
        { "a]b.c", "a]b|c|" },
        { "a..b", "a|!" },
        { ".a", "!" },
        { "a.", "!" },
        { "a[0", "a|!" },
        { "a[]", "a|!" },
        { "a[0]b", "a|!" },
        { "a[0].", "a|!" },
        { "a.[0]", "a|0|" },
        { "", "" }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        u_char     *p, buf[100];
        ngx_int_t   rc;

        rest.data = (u_char *) cases[i].key;
        rest.len = strlen(cases[i].key);
        p = buf;

        while ((rc = ngx_rtalpha_bind_element(&rest, &e)) == NGX_OK) {
            p = ngx_sprintf(p, "%V|", &e);
        }

        if (rc == NGX_ERROR) {
            *p++ = '!';
        }

        e.data = buf;
        e.len = p - buf;
        unit_check_str(&e, cases[i].elements, strlen(cases[i].elements),
                       cases[i].key, (int) i);
    }

    ngx_str_set(&a, "eureka.server.ENABLE_SELFpreservation");
    ngx_str_set(&b, "eureka.server.enable-self-preservation");
    CHECK(ngx_rtalpha_bind_same(&a, &b));

    ngx_str_set(&a, "eureka[server].enableSelf-Preservation");
    CHECK(ngx_rtalpha_bind_same(&a, &b));

    ngx_str_set(&a, "eureka.server.enable-self-preservation.x");
    CHECK(!ngx_rtalpha_bind_same(&a, &b));
    CHECK(!ngx_rtalpha_bind_same(&b, &a));

    ngx_str_set(&a, "eureka.server.enable.self-preservation");
    CHECK(!ngx_rtalpha_bind_same(&a, &b));
}


static void
test_find(void)
{
    ngx_str_t  key;

    given("a.bC=1\na.b-c=2\nx.y_z=3\n");

    ngx_str_set(&key, "a.b-c");
    CHECK_STR(&ngx_rtalpha_bind_find(props, &key)->text, "2");
    ngx_str_set(&key, "x.yz");
    CHECK_STR(&ngx_rtalpha_bind_find(props, &key)->text, "3");
    ngx_str_set(&key, "x.y");
    CHECK(ngx_rtalpha_bind_find(props, &key) == NULL);
}


#define CHECK_VALUE(verb, text, type, rc, want)                               \
    do {                                                                      \
        ngx_str_t  s_ = ngx_string(text);                                     \
        type       value_ = 77;                                               \
        CHECK(verb == rc);                                                    \
        if (value_ != (type) (want)) {                                        \
            printf("%s: %lld\n", text, (long long) value_);                   \
            CHECK(0);                                                         \
        }                                                                     \
    } while (0)

#define CHECK_MSEC(text, want)                                                \
    CHECK_VALUE(ngx_rtalpha_bind_msec(&s_, 1, &value_), text, ngx_msec_t,     \
                NGX_OK, want)
#define CHECK_NO_MSEC(text)                                                   \
    CHECK_VALUE(ngx_rtalpha_bind_msec(&s_, 1, &value_), text, ngx_msec_t,     \
                NGX_ERROR, 77)
#define CHECK_SIZE(text, want)                                                \
    CHECK_VALUE(ngx_rtalpha_bind_size(&s_, &value_), text, size_t, NGX_OK,    \
                want)
#define CHECK_NO_SIZE(text)                                                   \
    CHECK_VALUE(ngx_rtalpha_bind_size(&s_, &value_), text, size_t,            \
                NGX_ERROR, 77)
#define CHECK_FLAG(text, want)                                                \
    CHECK_VALUE(ngx_rtalpha_bind_flag(&s_, &value_), text, ngx_flag_t,        \
                NGX_OK, want)
#define CHECK_INT(text, want)                                                 \
    CHECK_VALUE(ngx_rtalpha_bind_int(&s_, &value_), text, ngx_int_t,          \
                NGX_OK, want)
#define CHECK_NO_INT(text)                                                    \
    CHECK_VALUE(ngx_rtalpha_bind_int(&s_, &value_), text, ngx_int_t,          \
                NGX_ERROR, 77)
#define CHECK_FRACTION(text, want)                                            \
    CHECK_VALUE(ngx_rtalpha_bind_fraction(&s_, &value_), text, ngx_int_t,     \
                NGX_OK, want)
#define CHECK_NO_FRACTION(text)                                               \
    CHECK_VALUE(ngx_rtalpha_bind_fraction(&s_, &value_), text, ngx_int_t,     \
                NGX_ERROR, 77)


static void
test_durations(void)
{
    ngx_str_t   s;
    ngx_msec_t  msec;

    CHECK_MSEC("500", 500);
    CHECK_MSEC("10s", 10000);
    CHECK_MSEC("+10S", 10000);
    CHECK_MSEC("5m", 300000);
    CHECK_MSEC("2h", 7200000);
    CHECK_MSEC("1d", 86400000);
    CHECK_MSEC("7ms", 7);
    CHECK_MSEC("2500us", 2);
    CHECK_MSEC("3000000ns", 3);
    CHECK_MSEC("PT1M30S", 90000);
    CHECK_MSEC("pt0.25s", 250);
    CHECK_MSEC("PT1.5S", 1500);
    CHECK_MSEC("P1DT2H3M4S", 93784000);
    CHECK_MSEC("P2D", 172800000);
    CHECK_NO_MSEC("");
    CHECK_NO_MSEC("P");
    CHECK_NO_MSEC("PT");
    CHECK_NO_MSEC("P1M");
    CHECK_NO_MSEC("PT1D");
    CHECK_NO_MSEC("P1DT");
    CHECK_NO_MSEC("PT1.5M");
    CHECK_NO_MSEC("PT-1S");
    CHECK_NO_MSEC("PT1");
    CHECK_NO_MSEC("-1");
    CHECK_NO_MSEC("1 s");
    CHECK_NO_MSEC("1w");
    CHECK_NO_MSEC("s");
    CHECK_NO_MSEC("99999999999999999999");
    CHECK_NO_MSEC("9223372036854775807d");
    CHECK_NO_MSEC("PT9999999999S");

    ngx_str_set(&s, "3");
    CHECK(ngx_rtalpha_bind_msec(&s, 1000, &msec) == NGX_OK && msec == 3000);
    ngx_str_set(&s, "3ms");
    CHECK(ngx_rtalpha_bind_msec(&s, 1000, &msec) == NGX_OK && msec == 3);

}


static void
test_sizes(void)
{
    CHECK_SIZE("0", 0);
    CHECK_SIZE("100", 100);
    CHECK_SIZE("100B", 100);
    CHECK_SIZE("1KB", 1024);
    CHECK_SIZE("1MB", 1048576);
    CHECK_SIZE("3gb", 3221225472);
    CHECK_SIZE("1TB", 1099511627776);
    CHECK_SIZE("8k", 8192);
    CHECK_NO_SIZE("");
    CHECK_NO_SIZE("MB");
    CHECK_NO_SIZE("-1");
    CHECK_NO_SIZE("1.5MB");
    CHECK_NO_SIZE("1MBs");
    CHECK_NO_SIZE("9999999999TB");

}


static void
test_flags_and_numbers(void)
{
    CHECK_FLAG("true", 1);
    CHECK_FLAG("YES", 1);
    CHECK_FLAG("on", 1);
    CHECK_FLAG("1", 1);
    CHECK_FLAG("False", 0);
    CHECK_FLAG("no", 0);
    CHECK_FLAG("off", 0);
    CHECK_FLAG("0", 0);
    CHECK_VALUE(ngx_rtalpha_bind_flag(&s_, &value_), "", ngx_flag_t,
                NGX_ERROR, 77);
    CHECK_VALUE(ngx_rtalpha_bind_flag(&s_, &value_), "y", ngx_flag_t,
                NGX_ERROR, 77);

    CHECK_INT("0", 0);
    CHECK_INT("-5", -5);
    CHECK_INT("+5", 5);
    CHECK_INT("007", 7);
    CHECK_INT("1000000.0", 1000000);
    CHECK_INT("1.0E7", 10000000);
    CHECK_NO_INT("");
    CHECK_NO_INT("-");
    CHECK_NO_INT("1.5");
    CHECK_NO_INT("0x10");
    CHECK_NO_INT("99999999999999999999");
    CHECK_NO_INT("1 ");

    CHECK_FRACTION("0.85", 850000);
    CHECK_FRACTION("1", 1000000);
    CHECK_FRACTION("1.0E-4", 100);
    CHECK_FRACTION("0.3333333333333333", 333333);
    CHECK_FRACTION("-0.5", -500000);
    CHECK_NO_FRACTION("");
    CHECK_NO_FRACTION(".");
    CHECK_NO_FRACTION("NaN");
    CHECK_NO_FRACTION("Infinity");
    CHECK_NO_FRACTION("1e999");
    CHECK_NO_FRACTION("0x1p3");
    CHECK_NO_FRACTION("85%");
}


/* a tree of many keys, known and unknown */

static void
test_many(void)
{
    u_char      *p, *text;
    ngx_uint_t   i;

    text = ngx_pnalloc(pool, 8000000);

    for (i = 0, p = text; i < 50000; i++) {
        p = ngx_sprintf(p, "zuul.routes.r%ui.path=/r\nzuul.routes.r%ui.x=1\n"
                        "eureka.hosts[%ui]=h\n", i, i, 49999 - i);
    }

    *p = '\0';

    bound((char *) text);
    CHECK(report.lines.nelts == 150000);
    CHECK(report.wrong == 0);
    CHECK(conf.hosts->nelts == 50000);
}


int
main(void)
{
    pool = unit_pool();

    test_types();
    test_lists();
    test_wrong();
    test_patterns();
    test_elements();
    test_find();
    test_durations();
    test_sizes();
    test_flags_and_numbers();
    test_many();

    ngx_destroy_pool(pool);

    return unit_done();
}
