/* unit: ngx_rtalpha_config_module/ngx_rtalpha_cfg_resolve.c ngx_rtalpha_config_module/ngx_rtalpha_cfg_search.c ngx_rtalpha_config_module/ngx_rtalpha_cfg_groups.c ngx_rtalpha_config_module/ngx_rtalpha_cfg_docs.c ngx_rtalpha_config_module/ngx_rtalpha_cfg_xml.c ngx_rtalpha_config_module/ngx_rtalpha_cfg_profile.c ngx_rtalpha_config_module/ngx_rtalpha_cfg_value.c ngx_rtalpha_core/ngx_rtalpha_yaml.c ngx_rtalpha_core/ngx_rtalpha_yaml_text.c ngx_rtalpha_core/ngx_rtalpha_yaml_flat.c ngx_rtalpha_core/ngx_rtalpha_yaml_merge.c ngx_rtalpha_core/ngx_rtalpha_scalar.c ngx_rtalpha_core/ngx_rtalpha_java.c ngx_rtalpha_core/ngx_rtalpha_properties.c ngx_rtalpha_core/ngx_rtalpha_load.c ngx_rtalpha_core/ngx_rtalpha_props.c ngx_rtalpha_core/ngx_rtalpha_out.c */

#include "unit.h"
#include "ngx_rtalpha_cfg_profile.h"
#include "ngx_rtalpha_cfg_resolve.h"


typedef struct {
    const char  *path;
    const char  *text;
} file_t;


static ngx_pool_t    *pool;
static const file_t  *files;
static ngx_uint_t     missing;


static ngx_int_t
load(void *data, const ngx_str_t *path, ngx_rtalpha_cfg_docs_t **docs)
{
    ngx_str_t      input, packed;
    const file_t  *f;

    for (f = files; f->path; f++) {
        if (strlen(f->path) != path->len
            || memcmp(f->path, path->data, path->len) != 0)
        {
            continue;
        }

        if (missing) {
            return NGX_AGAIN;
        }

        input.data = (u_char *) f->text;
        input.len = strlen(f->text);

        if (ngx_rtalpha_cfg_docs_pack(pool, ngx_rtalpha_cfg_docs_kind(path),
                                      &input, &ngx_rtalpha_load_defaults,
                                      &packed)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        *docs = ngx_rtalpha_cfg_docs_unpack(pool, packed.data, packed.len);

        return *docs ? NGX_OK : NGX_ERROR;
    }

    return NGX_DECLINED;
}


/* "path#number path …", highest first; or "!" and the file that is to blame */

static ngx_str_t
resolve(const file_t *from, const char *names, const char *dirs,
    const char *profiles)
{
    u_char                      buf[4096], *p;
    ngx_int_t                   rc;
    ngx_str_t                   s, *dir, result;
    ngx_uint_t                  i;
    ngx_array_t                *list, *places;
    ngx_rtalpha_cfg_place_t    *place;
    ngx_rtalpha_cfg_source_t   *source;
    ngx_rtalpha_cfg_resolve_t   r;

    files = from;
    ngx_memzero(&r, sizeof(r));
    r.pool = pool;
    r.load = load;

    s.data = (u_char *) names;
    s.len = strlen(names);
    r.names = ngx_rtalpha_cfg_profile_list(pool, &s, 0, 0);
    s.data = (u_char *) profiles;
    s.len = strlen(profiles);
    r.profiles = ngx_rtalpha_cfg_profile_list(pool, &s, 0, 0);
    s.data = (u_char *) dirs;
    s.len = strlen(dirs);
    list = ngx_rtalpha_cfg_profile_list(pool, &s, 0, 1);
    places = ngx_array_create(pool, 4, sizeof(ngx_rtalpha_cfg_place_t));
    dir = list->elts;

    for (i = 0; i < list->nelts || i == 0; i++) {
        place = ngx_array_push(places);
        ngx_str_set(&place->dir, "");

        if (i < list->nelts) {
            place->dir = dir[i];
        }

        place->text = place->dir;
    }

    r.places = places;
    p = buf;
    rc = ngx_rtalpha_cfg_resolve(&r);

    if (rc == NGX_DECLINED) {
        p = ngx_sprintf(p, "!%V", &r.error_path);

    } else if (rc == NGX_AGAIN) {
        p = ngx_sprintf(p, "?");

    } else {
        source = r.sources.elts;

        for (i = 0; i < r.sources.nelts; i++) {
            p = ngx_sprintf(p, "%s%V", i ? " " : "", &source[i].path);

            if (source[i].number >= 0) {
                p = ngx_sprintf(p, "#%i", source[i].number);
            }
        }
    }

    result.len = p - buf;
    result.data = ngx_pnalloc(pool, result.len + 1);
    ngx_memcpy(result.data, buf, result.len);

    return result;
}


static void
order(void)
{
    ngx_str_t  s;

    static const file_t  f[] = {
        { "application.yml", "a: 1\n" },
        { "application-dev.yml", "a: 1\n" },
        { "application-prod.yml", "a: 1\n" },
        { "foo.yml", "a: 1\n" }, { "foo.properties", "a=1\n" },
        { "foo-dev.yml", "a: 1\n" }, { "foo-prod.yaml", "a: 1\n" },
        { "sub/foo.yml", "a: 1\n" }, { "sub/foo-dev.yml", "a: 1\n" },
        { NULL, NULL }
    };

    s = resolve(f, "application,foo", "", "dev,prod");
    CHECK_STR(&s, "foo-prod.yaml application-prod.yml foo-dev.yml "
                  "application-dev.yml foo.properties foo.yml "
                  "application.yml");

    s = resolve(f, "application,foo", ",sub/", "dev");
    CHECK_STR(&s, "sub/foo-dev.yml foo-dev.yml application-dev.yml "
                  "sub/foo.yml foo.properties foo.yml application.yml");

    s = resolve(f, "application,foo-dev,foo", "", "dev");
    CHECK_STR(&s, "application-dev.yml foo.properties foo.yml foo-dev.yml "
                  "application.yml");

    missing = 1;
    s = resolve(f, "application,foo", "", "dev");
    CHECK_STR(&s, "?");
    missing = 0;
}


static void
activation(void)
{
    ngx_str_t  s;

    static const file_t  f[] = {
        { "foo.yml",
          "a: 0\n---\nspring.config.activate.on-profile: dev\na: 1\n"
          "---\nspring: {config: {activate: {onProfile: '!dev & !eu'}}}\n"
          "a: 2\n---\nspring.config.activate.on-profile: [x, eu]\na: 3\n"
          "---\nspring.config.activate.on-cloud-platform: kubernetes\na: 4\n"
          "---\nspring.config.activate.on-profile: ''\na: 5\n" },
        { "bad.yml",
          "a: 1\n---\nspring.config.activate.on-profile: a & b | c\n" },
        { "old.yml", "a: 1\n---\nspring.profiles: dev\n" },
        { "broken.yml", "a: [1\n" },
        { NULL, NULL }
    };

    s = resolve(f, "foo", "", "default");
    CHECK_STR(&s, "foo.yml#5 foo.yml#2 foo.yml#0");
    s = resolve(f, "foo", "", "dev,eu");
    CHECK_STR(&s, "foo.yml#5 foo.yml#3 foo.yml#1 foo.yml#0");
    s = resolve(f, "bad", "", "dev");
    CHECK_STR(&s, "!bad.yml");
    s = resolve(f, "old", "", "dev");
    CHECK_STR(&s, "!old.yml");
    s = resolve(f, "broken", "", "dev");
    CHECK_STR(&s, "!broken.yml");
}


static void
profiles_of_files(void)
{
    ngx_str_t  s;

    static const file_t  f[] = {
        { "application-extra.yml", "a: 1\n" },
        { "application-db.yml", "a: 1\n" }, { "application-mq.yml", "a: 1\n" },
        { "foo.yml", "spring.profiles.include: extra\n" },
        { "foo-dev.yml", "a: 1\n" },
        { "bar.yml", "spring.profiles.group.dev: [db, mq]\n" },
        { "loop.yml", "spring.profiles.group: {dev: a, a: 'b,dev', b: dev}\n" },
        { "loop-b.yml", "a: 1\n" },
        { "wrong-dev.yml", "spring.profiles.active: x\n" },
        { "inactive.yml", "spring.config.activate.on-profile: dev\n"
                          "spring.profiles.include: extra\n" },
        { NULL, NULL }
    };

    s = resolve(f, "application,foo", "", "dev");
    CHECK_STR(&s, "application-extra.yml foo-dev.yml foo.yml");
    s = resolve(f, "application,foo", "", "default");
    CHECK_STR(&s, "foo.yml");
    s = resolve(f, "application,bar", "", "dev");
    CHECK_STR(&s, "application-mq.yml application-db.yml bar.yml");
    s = resolve(f, "loop", "", "dev");
    CHECK_STR(&s, "loop-b.yml loop.yml");
    s = resolve(f, "wrong", "", "dev");
    CHECK_STR(&s, "!wrong-dev.yml");
    s = resolve(f, "inactive", "", "dev");
    CHECK_STR(&s, "!inactive.yml");
}


static void
imports(void)
{
    ngx_str_t  s;

    static const file_t  f[] = {
        { "application-dev.yml", "a: 1\n" },
        { "foo.yml", "spring.config.import: [x.yml, sub/y.properties, "
                     "optional:none.yml, 'file:/etc/z.yml', '../../out.yml']"
                     "\n" },
        { "x.yml", "spring.config.import: foo.yml\n" },
        { "x-dev.yml", "a: 1\n" },
        { "sub/y.properties", "spring.config.import=z.yml\n" },
        { "sub/z.yml", "a: 1\n" },
        { "scheme.yml", "spring.config.import: vault://x\n" },
        { "ext.yml", "spring.config.import: x.txt\n" },
        { NULL, NULL }
    };

    s = resolve(f, "application,foo", "", "dev");
    CHECK_STR(&s, "x-dev.yml application-dev.yml sub/z.yml sub/y.properties "
                  "x.yml foo.yml");
    s = resolve(f, "scheme", "", "dev");
    CHECK_STR(&s, "!scheme.yml");
    s = resolve(f, "ext", "", "dev");
    CHECK_STR(&s, "!ext.yml");
}


static void
expressions(void)
{
    ngx_str_t     s;
    ngx_uint_t    i;
    ngx_array_t  *active;

    static const struct {
        const char  *text;
        ngx_int_t    rc;
    } cases[] = {
        { "a", NGX_OK }, { "c", NGX_DECLINED }, { "!c", NGX_OK },
        { "a & b", NGX_OK }, { "a&c", NGX_DECLINED }, { "c | b", NGX_OK },
        { "!(a & c)", NGX_OK }, { "(a | c) & !c", NGX_OK },
        { "!!a", NGX_OK }, { "a & b | c", NGX_ERROR }, { "", NGX_ERROR },
        { "()", NGX_ERROR }, { "a & (b | c) & b", NGX_OK }
    };

    ngx_str_set(&s, "a,b");
    active = ngx_rtalpha_cfg_profile_list(pool, &s, 0, 0);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        s.data = (u_char *) cases[i].text;
        s.len = strlen(cases[i].text);
        CHECK(ngx_rtalpha_cfg_profile_match(&s, active) == cases[i].rc);
    }

    /* nesting is bounded */

    s.len = 1000;
    s.data = ngx_pnalloc(pool, s.len);
    memset(s.data, '(', s.len);
    CHECK(ngx_rtalpha_cfg_profile_match(&s, active) == NGX_ERROR);
}


int
main(void)
{
    pool = unit_pool();

    order();
    activation();
    profiles_of_files();
    imports();
    expressions();

    return unit_done();
}
