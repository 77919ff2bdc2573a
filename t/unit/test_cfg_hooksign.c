/* unit: ngx_rtalpha_config_module/ngx_rtalpha_cfg_hooksign.c */

/*
 * Webhooks: the signature that GitHub's documentation gives as an example,
 * and every way for a proof to be wrong.
 */

#include "unit.h"

#include "ngx_rtalpha_cfg_hooksign.h"


#define SIGNATURE  "757107ea0eb2509fc211221cce984b8a"                         \
                   "37570b6d7586c22c46f4379c8b043e17"


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

    rc = ngx_rtalpha_cfg_hooksign_check(&secret, proof, of, digest);
    ngx_memzero(proof, sizeof(ngx_rtalpha_cfg_proof_t));

    return rc == NGX_OK;
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
    CHECK(ngx_rtalpha_cfg_hooksign_check(&none, &p, &body, digest)
          == NGX_DECLINED);

    return unit_done();
}
