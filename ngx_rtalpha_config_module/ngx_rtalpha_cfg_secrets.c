
/*
 * Decryption in the background thread.
 */


#include <ngx_config.h>
#include <openssl/evp.h>

#include "ngx_rtalpha_background.h"
#include "ngx_rtalpha_notify.h"
#include "ngx_rtalpha_cfg_keys.h"
#include "ngx_rtalpha_cfg_load_inner.h"
#include "ngx_rtalpha_cfg_secrets.h"


#define NGX_RTALPHA_CFG_SECRETS_DIGEST  32


typedef struct {
    u_char       digest[NGX_RTALPHA_CFG_SECRETS_DIGEST];
    ngx_str_t    alias;                 /* data NULL: none */
    ngx_str_t    text;

    /* results */
    ngx_int_t    rc;
    ngx_str_t    plain;
} ngx_rtalpha_cfg_secret_text_t;


typedef struct {
    ngx_rtalpha_cfg_keys_t           *keys;
    ngx_rtalpha_cfg_secret_text_t    *text;
    ngx_uint_t                        n;
    ngx_uint_t                        done;
} ngx_rtalpha_cfg_secrets_job_t;


void
ngx_rtalpha_cfg_secrets_init(ngx_rtalpha_cfg_secrets_t *s, ngx_pool_t *pool,
    ngx_rtalpha_cfg_keys_t *keys)
{
    ngx_memzero(s, sizeof(ngx_rtalpha_cfg_secrets_t));
    s->pool = pool;
    s->keys = keys;
}


static ngx_int_t
ngx_rtalpha_cfg_secrets_digest(const ngx_rtalpha_cfg_keys_t *keys,
    const ngx_str_t *alias, const ngx_str_t *text, u_char *digest)
{
    size_t       len;
    ngx_int_t    rc;
    EVP_MD_CTX  *ctx;

    ctx = EVP_MD_CTX_new();
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    len = (alias && alias->data) ? alias->len : (size_t) -1;

    rc = EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1
         && EVP_DigestUpdate(ctx, keys->digest, sizeof(keys->digest)) == 1
         && EVP_DigestUpdate(ctx, &len, sizeof(len)) == 1
         && (len == (size_t) -1
             || EVP_DigestUpdate(ctx, alias->data, len) == 1)
         && EVP_DigestUpdate(ctx, text->data, text->len) == 1
         && EVP_DigestFinal_ex(ctx, digest, NULL) == 1
         ? NGX_OK : NGX_ERROR;

    EVP_MD_CTX_free(ctx);

    return rc;
}


ngx_int_t
ngx_rtalpha_cfg_secrets_open(ngx_rtalpha_cfg_secrets_t *s,
    const ngx_str_t *alias, const ngx_str_t *text, ngx_str_t *plain)
{
    u_char                          digest[NGX_RTALPHA_CFG_SECRETS_DIGEST];
    u_char                          there;
    ngx_int_t                       rc;
    ngx_str_t                       key;
    ngx_rtalpha_blob_t             *blob;
    ngx_rtalpha_cfg_secret_text_t  *t;

    if (s->keys == NULL || ngx_rtalpha_cfg_crypt_symmetric(s->keys)) {
        return ngx_rtalpha_cfg_crypt_open(s->pool, s->keys, alias, text,
                                          plain);
    }

    if (ngx_rtalpha_cfg_secrets_digest(s->keys, alias, text, digest)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    key.data = digest;
    key.len = sizeof(digest);
    there = 0;
    ngx_str_set(plain, "");
    blob = NULL;

    rc = ngx_rtalpha_cfg_store_get(s->pool, NGX_RTALPHA_CFG_CACHE_PLAIN, &key,
                                   &blob, &there, sizeof(there));
    if (rc == NGX_OK) {

        if (!there) {
            return NGX_DECLINED;
        }

        return blob ? ngx_rtalpha_blob_flat(s->pool, blob, plain) : NGX_OK;
    }

    if (rc != NGX_DECLINED
        || (s->wanted.elts == NULL
            && ngx_array_init(&s->wanted, s->pool, 8,
                              sizeof(ngx_rtalpha_cfg_secret_text_t))
               != NGX_OK)
        || (t = ngx_array_push(&s->wanted)) == NULL)
    {
        return NGX_ERROR;
    }

    ngx_memzero(t, sizeof(ngx_rtalpha_cfg_secret_text_t));
    ngx_memcpy(t->digest, digest, sizeof(digest));
    t->text = *text;

    if (alias) {
        t->alias = *alias;
    }

    return NGX_AGAIN;
}


static ngx_int_t
ngx_rtalpha_cfg_secrets_copy(ngx_pool_t *pool, ngx_str_t *s)
{
    u_char  *p;

    if (s->data == NULL) {
        return NGX_OK;
    }

    p = ngx_pnalloc(pool, s->len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(p, s->data, s->len);
    s->data = p;

    return NGX_OK;
}


static void
ngx_rtalpha_cfg_secrets_run(ngx_rtalpha_job_t *job)
{
    ngx_uint_t                      i;
    ngx_rtalpha_cfg_secret_text_t  *t;
    ngx_rtalpha_cfg_secrets_job_t  *j;

    j = job->data;
    t = j->text;

    for (i = 0; i < j->n && !ngx_rtalpha_background_stopping(); i++) {
        t[i].rc = ngx_rtalpha_cfg_crypt_open(job->pool, j->keys,
                                             t[i].alias.data ? &t[i].alias
                                                             : NULL,
                                             &t[i].text, &t[i].plain);
    }

    j->done = i;
}


static void
ngx_rtalpha_cfg_secrets_done(ngx_rtalpha_job_t *job)
{
    u_char                          there;
    ngx_str_t                       key;
    ngx_uint_t                      i, kept;
    ngx_rtalpha_cfg_secret_text_t  *t;
    ngx_rtalpha_cfg_secrets_job_t  *j;

    static ngx_str_t  failed = ngx_string("a value could not be decrypted "
                                          "for want of memory");

    j = job->data;
    t = j->text;

    for (i = 0; i < j->n; i++) {
        key.data = t[i].digest;
        key.len = sizeof(t[i].digest);
        there = (t[i].rc == NGX_OK);

        kept = i < j->done && t[i].rc != NGX_ERROR
               && ngx_rtalpha_cfg_cache_put(&ngx_rtalpha_cfg_root->cache,
                      NGX_RTALPHA_CFG_CACHE_PLAIN, &key, &there,
                      sizeof(there),
                      there && t[i].plain.len ? &t[i].plain : NULL)
                  == NGX_OK;

        ngx_rtalpha_cfg_load_end(NGX_RTALPHA_CFG_CACHE_PLAIN, &key,
                                 kept ? NULL : &failed);
    }

    ngx_rtalpha_notify_ring();
}


/* those that nobody decrypts already, copied into the job */

static ngx_int_t
ngx_rtalpha_cfg_secrets_claim(ngx_rtalpha_job_t *job,
    const ngx_array_t *wanted)
{
    ngx_int_t                       rc;
    ngx_str_t                       key, why;
    ngx_uint_t                      i;
    ngx_rtalpha_cfg_secret_text_t  *t;
    ngx_rtalpha_cfg_secrets_job_t  *j;

    j = job->data;
    t = wanted->elts;

    j->text = ngx_palloc(job->pool, wanted->nelts
                                    * sizeof(ngx_rtalpha_cfg_secret_text_t));
    if (j->text == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < wanted->nelts; i++) {
        key.data = t[i].digest;
        key.len = sizeof(t[i].digest);
        rc = ngx_rtalpha_cfg_load_claim(NGX_RTALPHA_CFG_CACHE_PLAIN, &key,
                                        &why);
        if (rc == NGX_AGAIN) {
            continue;
        }

        if (rc != NGX_OK) {
            return NGX_ERROR;
        }

        j->text[j->n] = t[i];

        if (ngx_rtalpha_cfg_secrets_copy(job->pool, &j->text[j->n].alias)
            != NGX_OK
            || ngx_rtalpha_cfg_secrets_copy(job->pool, &j->text[j->n++].text)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_cfg_secrets_start(ngx_rtalpha_cfg_secrets_t *s)
{
    ngx_str_t                       key;
    ngx_uint_t                      i;
    ngx_rtalpha_job_t              *job;
    ngx_rtalpha_cfg_secrets_job_t  *j;

    if (s->wanted.nelts == 0) {
        return NGX_OK;
    }

    job = ngx_rtalpha_background_job(sizeof(ngx_rtalpha_cfg_secrets_job_t));
    if (job == NULL) {
        return NGX_ERROR;
    }

    j = job->data;
    j->keys = ngx_rtalpha_cfg_crypt_share(job->pool, s->keys);

    if (j->keys == NULL
        || ngx_rtalpha_cfg_secrets_claim(job, &s->wanted) != NGX_OK)
    {
        goto failed;
    }

    if (j->n == 0) {
        ngx_rtalpha_background_discard(job);
        return NGX_AGAIN;
    }

    job->run = ngx_rtalpha_cfg_secrets_run;
    job->done = ngx_rtalpha_cfg_secrets_done;

    if (ngx_rtalpha_background_post(job) == NGX_OK) {
        return NGX_AGAIN;
    }

failed:

    for (i = 0; i < j->n; i++) {
        key.data = j->text[i].digest;
        key.len = sizeof(j->text[i].digest);
        ngx_rtalpha_cfg_load_end(NGX_RTALPHA_CFG_CACHE_PLAIN, &key, NULL);
    }

    ngx_rtalpha_background_discard(job);

    return NGX_ERROR;
}
