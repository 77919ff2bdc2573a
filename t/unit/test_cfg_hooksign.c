/* unit: ngx_rtalpha_config_module/ngx_rtalpha_cfg_hooksign.c */

/*
 * Webhooks: the signature that GitHub's documentation gives as an example,
 * and every way for a proof to be wrong.
 */

#include "unit.h"

#include "ngx_rtalpha_cfg_hooksign.h"


#define SIGNATURE  "757107ea0eb2509fc211221cce984b8a"                         \
                   "37570b6d7586c22c46f4379c8b043e17"


#define NOW        1700000100
#define GITEE      "rOKhCRwhSKLXB/jODjLoEIBsVp7palaqsMkSVkZypyQ="
#define STANDARD   "quAPC8IoekzpzamzEhmkevIu2nLQeQaFAIIEaYw3C/A="


static ngx_str_t  secret = ngx_string("It's a Secret to Everybody");
static ngx_str_t  body = ngx_string("Hello, World!");


static void
set(ngx_str_t *header, const char *text)
{
    header->data = (u_char *) text;
    header->len = ngx_strlen(text);
}


static ngx_uint_t
trusted(ngx_rtalpha_cfg_proof_t *proof, const ngx_str_t *of)
{
    u_char     digest[NGX_RTALPHA_CFG_HOOKSIGN];
    ngx_int_t  rc;

    rc = ngx_rtalpha_cfg_hooksign_check(&secret, proof, of, NOW, digest);
    ngx_memzero(proof, sizeof(ngx_rtalpha_cfg_proof_t));

    return rc == NGX_OK;
}


/* a signature of the time, which has to be near */

static void
test_gitee(ngx_rtalpha_cfg_proof_t *p)
{
    set(&p->gitee, GITEE);
    set(&p->gitee_time, "1700000000123");
    CHECK(trusted(p, &body));
    set(&p->gitee, GITEE);
    set(&p->gitee_time, "1700000000124");
    CHECK(!trusted(p, &body));
    set(&p->gitee, GITEE);
    set(&p->gitee_time, "x");
    CHECK(!trusted(p, &body));
    set(&p->gitee, GITEE);
    CHECK(!trusted(p, &body));
    set(&p->gitee, "It's a Secret to Everybody");
    set(&p->gitee_time, "1700000000123");
    CHECK(!trusted(p, &body));
}


static void
standard(ngx_rtalpha_cfg_proof_t *p, const char *id, const char *time,
    const char *signatures)
{
    set(&p->standard_id, id);
    set(&p->standard_time, time);
    set(&p->standard, signatures);
}


static void
test_standard(ngx_rtalpha_cfg_proof_t *p, const ngx_str_t *other)
{
    standard(p, "msg_1", "1700000000", "v1," STANDARD);
    CHECK(trusted(p, &body));
    standard(p, "msg_1", "1700000000", "v1a,x v1," STANDARD " v2,y");
    CHECK(trusted(p, &body));
    standard(p, "msg_1", "1700000000", "v1," STANDARD);
    CHECK(!trusted(p, other));
    standard(p, "msg_2", "1700000000", "v1," STANDARD);
    CHECK(!trusted(p, &body));
    standard(p, "msg_1", "1700000001", "v1," STANDARD);
    CHECK(!trusted(p, &body));
    standard(p, "msg_1", "1600000000", "v1," STANDARD);
    CHECK(!trusted(p, &body));
    standard(p, "msg_1", "1700000000", "v2," STANDARD);
    CHECK(!trusted(p, &body));
    standard(p, "msg_1", "1700000000", STANDARD);
    CHECK(!trusted(p, &body));

    /* and the token beside it does not help */

    standard(p, "msg_1", "1700000000", "v1,x");
    set(&p->gitlab, "It's a Secret to Everybody");
    CHECK(!trusted(p, &body));
    set(&p->standard, "v1," STANDARD);
    CHECK(!trusted(p, &body));
}


int
main(void)
{
    u_char                   digest[NGX_RTALPHA_CFG_HOOKSIGN];
    ngx_str_t                other, none;
    ngx_rtalpha_cfg_proof_t  p;

    ngx_memzero(&p, sizeof(p));
    ngx_str_set(&other, "Hello, World?");
    ngx_str_null(&none);

    CHECK(!trusted(&p, &body));

    set(&p.hub256, "sha256=" SIGNATURE);
    CHECK(trusted(&p, &body));
    set(&p.hub256, "sha256=" SIGNATURE);
    CHECK(!trusted(&p, &other));
    set(&p.hub256, SIGNATURE);
    CHECK(!trusted(&p, &body));
    set(&p.hub256, "sha256=");
    CHECK(!trusted(&p, &body));
    set(&p.hub256, "sha256=" SIGNATURE "00");
    CHECK(!trusted(&p, &body));
    set(&p.hub256, "sha256=z" SIGNATURE);
    CHECK(!trusted(&p, &body));
    set(&p.hub, "sha256=" SIGNATURE);
    CHECK(trusted(&p, &body));
    set(&p.hub, "sha1=0000000000000000000000000000000000000000");
    CHECK(!trusted(&p, &body));
    set(&p.gitea, SIGNATURE);
    CHECK(trusted(&p, &body));
    set(&p.gogs, SIGNATURE);
    CHECK(trusted(&p, &body));
    set(&p.gogs, "sha256=" SIGNATURE);
    CHECK(!trusted(&p, &body));
    set(&p.gitlab, "It's a Secret to Everybody");
    CHECK(trusted(&p, &other));
    set(&p.gitlab, "It's a Secret to Everybodi");
    CHECK(!trusted(&p, &other));
    set(&p.gitlab, "It's a Secret");
    CHECK(!trusted(&p, &other));
    set(&p.gitlab, "");
    CHECK(!trusted(&p, &other));
    set(&p.gitee, "It's a Secret to Everybody");
    CHECK(trusted(&p, &other));

    /* a wrong signature is not mended by a right one of another kind */

    set(&p.hub256, "sha256=00");
    set(&p.gitea, SIGNATURE);
    CHECK(!trusted(&p, &body));

    /* without a secret nothing is a proof */

    set(&p.gitlab, "");
    CHECK(ngx_rtalpha_cfg_hooksign_check(&none, &p, &body, NOW,
                                         digest)
          == NGX_DECLINED);

    ngx_memzero(&p, sizeof(p));
    test_gitee(&p);
    test_standard(&p, &other);

    return unit_done();
}
