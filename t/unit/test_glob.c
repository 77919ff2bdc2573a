/* unit: ngx_rtalpha_core/ngx_rtalpha_glob.c */

/*
 * Patterns with wildcards.
 */


#include "unit.h"
#include "ngx_rtalpha_glob.h"


static void
test_star(void)
{
    size_t     i;
    ngx_str_t  p, t;

    static const struct {
        const char  *pattern;
        const char  *text;
        ngx_uint_t   matches;
    } tests[] = {
        { "", "", 1 }, { "", "a", 0 }, { "*", "", 1 }, { "*", "a/b", 1 },
        { "a", "a", 1 }, { "a", "A", 0 }, { "a*", "a", 1 },
        { "a*", "ab", 1 }, { "a*", "ba", 0 }, { "*a", "bca", 1 },
        { "a*b*c", "axxbyybc", 1 }, { "a*b*c", "axxbyyb", 0 },
        { "**", "x", 1 }, { "a**", "a", 1 }, { "a?", "ab", 0 },
        { "a?", "a?", 1 }
    };

    for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
        p.data = (u_char *) tests[i].pattern;
        p.len = ngx_strlen(tests[i].pattern);
        t.data = (u_char *) tests[i].text;
        t.len = ngx_strlen(tests[i].text);
        CHECK(ngx_rtalpha_glob(&p, &t) == tests[i].matches);
    }
}


static void
test_ant(void)
{
    CHECK(ngx_rtalpha_glob_ant(ngx_rtalpha_lit("a*"), ngx_rtalpha_lit("abc"))
          == 1);
    CHECK(ngx_rtalpha_glob_ant(ngx_rtalpha_lit("*c*a"),
                               ngx_rtalpha_lit("abca")) == 1);
    CHECK(ngx_rtalpha_glob_ant(ngx_rtalpha_lit("*c?a"),
                               ngx_rtalpha_lit("abca")) == 0);
    CHECK(ngx_rtalpha_glob_ant(ngx_rtalpha_lit("**"), ngx_rtalpha_lit(""))
          == 1);
    CHECK(ngx_rtalpha_glob_ant(ngx_rtalpha_lit(""), ngx_rtalpha_lit("a"))
          == 0);
    CHECK(ngx_rtalpha_glob_ant(ngx_rtalpha_lit("a?"), ngx_rtalpha_lit("ab"))
          == 1);
    CHECK(ngx_rtalpha_glob_ant(ngx_rtalpha_lit("a?"), ngx_rtalpha_lit("a"))
          == 0);
}


int
main(void)
{
    test_star();
    test_ant();

    return unit_done();
}
