/* unit: ngx_rtalpha_core/ngx_rtalpha_access.c ngx_rtalpha_core/ngx_rtalpha_access_user.c ngx_rtalpha_core/ngx_rtalpha_bind.c ngx_rtalpha_core/ngx_rtalpha_bind_key.c ngx_rtalpha_core/ngx_rtalpha_bind_value.c ngx_rtalpha_core/ngx_rtalpha_bind_report.c ngx_rtalpha_core/ngx_rtalpha_props.c ngx_rtalpha_core/ngx_rtalpha_out.c ngx_rtalpha_core/ngx_rtalpha_java.c ngx_rtalpha_core/ngx_rtalpha_glob.c */

/*
 * Access rules: who is granted what, and that nothing half-read grants
 * anything.
 */

#include "unit.h"

#include "ngx_rtalpha_access.h"


enum { READ, WRITE, HIDDEN };


static const ngx_rtalpha_access_type_t  type = {
    ngx_string("rtalpha.some.access"),
    { ngx_string("things"), ngx_string("places"), ngx_null_string,
      ngx_null_string },
    { ngx_string("read"), ngx_string("write"), ngx_string("hidden") },
    1 << READ | 1 << WRITE,
    1 << READ,
    1 << WRITE
};


static ngx_pool_t               *pool;
static ngx_rtalpha_props_t      *props;
static ngx_rtalpha_report_t      report;
static ngx_rtalpha_access_t     *access_;
static ngx_rtalpha_access_who_t  who;


static ngx_str_t
text(const char *s)
{
    ngx_str_t  t;

    t.data = (u_char *) s;
    t.len = ngx_strlen(s);

    return t;
}


static void
set(const char *key, const char *value)
{
    ngx_rtalpha_prop_t  prop;

    ngx_memzero(&prop, sizeof(prop));
    prop.key = text(key);
    prop.text = text(value);
    (void) ngx_rtalpha_props_set(props, &prop);
}


static void
begin(void)
{
    props = ngx_rtalpha_props_create(pool);
    (void) ngx_rtalpha_report_init(&report, pool);
}


static ngx_uint_t
make(void)
{
    return ngx_rtalpha_access_create(pool, props, &type, &report, &access_)
           == NGX_OK;
}


static void
be(const char *user, const char *subject)
{
    who.user = text(user);
    who.subject = text(subject);
}


/* things and places: up to two each, NULL-terminated; '=' before: exact */

static ngx_uint_t
may(ngx_uint_t operation, const char *thing, const char *second,
    const char *place)
{
    ngx_array_t                 *lists[NGX_RTALPHA_ACCESS_LISTS];
    ngx_rtalpha_access_thing_t  *t;

    ngx_memzero(lists, sizeof(lists));

    if (thing) {
        lists[0] = ngx_array_create(pool, 2, sizeof(*t));
        t = ngx_array_push(lists[0]);
        t->exact = (thing[0] == '=');
        t->text = text(thing + t->exact);

        if (second) {
            t = ngx_array_push(lists[0]);
            t->exact = 0;
            t->text = text(second);
        }
    }

    if (place) {
        lists[1] = ngx_array_create(pool, 2, sizeof(*t));
        t = ngx_array_push(lists[1]);
        t->exact = 0;
        t->text = text(place);
    }

    return ngx_rtalpha_access_allowed(access_, &who, operation, lists);
}


static void
test_none(void)
{
    begin();
    set("rtalpha.some.accessories", "x");
    CHECK(make());
    CHECK(access_ == NULL);
}


static void
test_principals(void)
{
    begin();
    set("rtalpha.some.access[0].principal", "Ann");
    set("rtalpha.some.access[1].principal[0]", "user:dev-*");
    set("rtalpha.some.access[1].principal[1]", "subject:CN=ci,*");
    set("rtalpha.some.access[1].operations", "hidden");
    set("rtalpha.some.access[2].principal", "authenticated");
    set("rtalpha.some.access[2].things", "common");
    set("rtalpha.some.access[3].principal", "claim:role=x");
    set("rtalpha.some.access[3].operations", "*");
    CHECK(make());
    CHECK(report.wrong == 0);
    CHECK(report.lines.nelts == 1);     /* the claim */

    be("", "");
    CHECK(!may(READ, "common", NULL, NULL));
    be("ann", "");
    CHECK(may(READ, "x", NULL, NULL));
    CHECK(may(WRITE, "x", NULL, NULL));
    CHECK(!may(HIDDEN, "x", NULL, NULL));
    be("anna", "");
    CHECK(!may(READ, "x", NULL, NULL));
    CHECK(may(READ, "common", NULL, NULL));
    CHECK(!may(WRITE, "common", NULL, NULL));   /* not for some things */
    be("dev-1", "");
    CHECK(may(HIDDEN, "x", NULL, NULL));
    be("", "CN=ci,O=x");
    CHECK(may(HIDDEN, "x", NULL, NULL));
    CHECK(may(READ, "common", NULL, NULL));
    be("", "CN=cix,O=x");
    CHECK(!may(HIDDEN, "x", NULL, NULL));
    be("claim:role=x", "");
    CHECK(!may(HIDDEN, "x", NULL, NULL));

    CHECK(ngx_rtalpha_access_granted(access_, HIDDEN));
}


static void
test_anonymous(void)
{
    begin();
    set("rtalpha.some.access[0].principal", "anonymous");
    CHECK(make());
    be("", "");
    CHECK(may(READ, "x", NULL, "y"));
    CHECK(!may(WRITE, "x", NULL, "y"));
    CHECK(!ngx_rtalpha_access_granted(access_, HIDDEN));

    begin();
    set("rtalpha.some.access[0].principal", "*");
    set("rtalpha.some.access[0].operations", "write");
    CHECK(make());
    CHECK(may(WRITE, "x", NULL, "y"));
    CHECK(!may(READ, "x", NULL, "y"));
}


static void
test_things(void)
{
    begin();
    set("rtalpha.some.access[0].principal", "*");
    set("rtalpha.some.access[0].things", "a, team-* ,b");
    set("rtalpha.some.access[0].places[0]", "here");
    set("rtalpha.some.access[1].principal", "*");
    set("rtalpha.some.access[1].things", "");
    CHECK(make());
    be("", "");

    CHECK(may(READ, "a", NULL, "here"));
    CHECK(may(READ, "team-x", "b", "here"));
    CHECK(!may(READ, "team-x", "c", "here"));
    CHECK(!may(READ, "a", NULL, "there"));
    CHECK(!may(READ, "c", NULL, "here"));
    CHECK(may(READ, "a", NULL, NULL));
    CHECK(may(READ, NULL, NULL, NULL));
    CHECK(may(READ, "=a", NULL, "here"));
    CHECK(!may(READ, "=team-x", NULL, "here"));
}


/* each of these would grant too much if it were passed over */

static void
test_wrong(void)
{
    size_t  i;

    static const struct {
        const char  *key;
        const char  *value;
    } tests[] = {
        { "rtalpha.some.access[0].thing", "a" },
        { "rtalpha.some.access[0].operations", "read,wriet" },
        { "rtalpha.some.access[1].operations", "read" },
        { "rtalpha.some.access[1].principal", "" },
        { "rtalpha.some.access[x].principal", "a" },
        { "rtalpha.some.access[1000].principal", "a" },
        { "rtalpha.some.access.principal", "a" }
    };

    be("ann", "");

    for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
        begin();
        set("rtalpha.some.access[0].principal", "ann");
        set(tests[i].key, tests[i].value);
        CHECK(make());
        CHECK(report.wrong != 0);
        CHECK(access_ != NULL);
        CHECK(!may(READ, "a", NULL, NULL));
    }
}


static void
test_users(void)
{
    ngx_str_t    name, prefix, credentials, password;
    ngx_array_t  users;

    prefix = text("rtalpha.some.users");
    begin();
    set("rtalpha.some.users[0].name", "Ann");
    set("rtalpha.some.users[0].password", "s:3");
    set("rtalpha.some.users[1].name", "bob");
    set("rtalpha.some.users[1].password", "{noop}{x");
    (void) ngx_array_init(&users, pool, 2,
                          sizeof(ngx_rtalpha_access_user_t));
    CHECK(ngx_rtalpha_access_users(pool, props, &prefix, &report, &users)
          == NGX_OK);
    CHECK(report.wrong == 0);

    credentials = text("aNN:s:3");
    CHECK(ngx_rtalpha_access_known(&users, &credentials, &name));
    CHECK_STR(&name, "ann");
    credentials = text("bob:{x");
    CHECK(ngx_rtalpha_access_known(&users, &credentials, &name));
    CHECK_STR(&name, "bob");

    credentials = text("bob:s:3");
    CHECK(!ngx_rtalpha_access_known(&users, &credentials, &name));
    credentials = text("ann:S:3");
    CHECK(!ngx_rtalpha_access_known(&users, &credentials, &name));
    credentials = text("ann:");
    CHECK(!ngx_rtalpha_access_known(&users, &credentials, &name));
    credentials = text("ann");
    CHECK(!ngx_rtalpha_access_known(&users, &credentials, &name));
    credentials = text("ann:s:3ann:s:3");
    CHECK(!ngx_rtalpha_access_known(&users, &credentials, &name));

    name = text("c");
    password = text("{bcrypt}$2a$10$x");
    CHECK(ngx_rtalpha_access_user(pool, &users, &name, &password)
          == NGX_DECLINED);

    begin();
    set("rtalpha.some.users[0].name", "a:b");
    set("rtalpha.some.users[0].password", "x");
    set("rtalpha.some.users[1].name", "c");
    CHECK(ngx_rtalpha_access_users(pool, props, &prefix, &report, &users)
          == NGX_OK);
    CHECK(report.wrong == 2);
}


int
main(void)
{
    pool = unit_pool();

    test_none();
    test_principals();
    test_anonymous();
    test_things();
    test_wrong();
    test_users();

    return unit_done();
}
