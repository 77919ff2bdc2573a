
/*
 * JKS.  After a head come entries: a tag, an alias, a date, and either a
 * private key with its chain of certificates or one certificate.  The last
 * 20 bytes are SHA-1 over the password (UTF-16, big-endian), a constant and
 * all that is before them.  Numbers are big-endian.
 *
 * A key is encrypted by adding (exclusive or) a stream: each 20 bytes of it
 * are SHA-1 over the password and the 20 before, the first over a salt.  The
 * salt stands before it; SHA-1 over password and plain key stands after it.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_sha1.h>

#include "ngx_rtalpha_cfg_jks.h"


#define NGX_RTALPHA_CFG_JKS_MAGIC    0xfeedfeed
#define NGX_RTALPHA_CFG_JKS_SHA1     20
#define NGX_RTALPHA_CFG_JKS_ENTRIES  10000
#define NGX_RTALPHA_CFG_JKS_KEY      1
#define NGX_RTALPHA_CFG_JKS_CERT     2


typedef struct {
    u_char     *p;
    u_char     *last;
    unsigned    bad:1;
} ngx_rtalpha_cfg_jks_in_t;


/* SEQUENCE { OBJECT IDENTIFIER 1.3.6.1.4.1.42.2.17.1.1, NULL } */

static const u_char  ngx_rtalpha_cfg_jks_algorithm[] = {
    0x30, 0x0e, 0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x2a, 0x02, 0x11,
    0x01, 0x01, 0x05, 0x00
};


/* the next len bytes; NULL, and bad from then on: there are fewer */

static u_char *
ngx_rtalpha_cfg_jks_take(ngx_rtalpha_cfg_jks_in_t *in, size_t len)
{
    u_char  *p;

    if (in->bad || (size_t) (in->last - in->p) < len) {
        in->bad = 1;
        return NULL;
    }

    p = in->p;
    in->p += len;

    return p;
}


static uint32_t
ngx_rtalpha_cfg_jks_number(ngx_rtalpha_cfg_jks_in_t *in, size_t len)
{
    u_char    *p;
    uint32_t   n;

    p = ngx_rtalpha_cfg_jks_take(in, len);
    n = 0;

    while (p && len--) {
        n = (n << 8) | *p++;
    }

    return n;
}


/* a length of 2 or 4 bytes and as many bytes */

static void
ngx_rtalpha_cfg_jks_field(ngx_rtalpha_cfg_jks_in_t *in, size_t size,
    ngx_str_t *field)
{
    field->len = ngx_rtalpha_cfg_jks_number(in, size);
    field->data = ngx_rtalpha_cfg_jks_take(in, field->len);
}


/* head and length of a DER value, whose bytes are *value */

static void
ngx_rtalpha_cfg_jks_der(ngx_rtalpha_cfg_jks_in_t *in, u_char tag,
    ngx_rtalpha_cfg_jks_in_t *value)
{
    size_t  len;

    ngx_memzero(value, sizeof(ngx_rtalpha_cfg_jks_in_t));

    if (ngx_rtalpha_cfg_jks_number(in, 1) != tag) {
        in->bad = 1;
    }

    len = ngx_rtalpha_cfg_jks_number(in, 1);

    if (len > 0x84 || len == 0x80) {
        in->bad = 1;

    } else if (len > 0x80) {
        len = ngx_rtalpha_cfg_jks_number(in, len - 0x80);
    }

    value->p = ngx_rtalpha_cfg_jks_take(in, len);
    value->bad = in->bad;
    value->last = value->p ? value->p + len : NULL;
}


/* UTF-16, big-endian */

static ngx_int_t
ngx_rtalpha_cfg_jks_password(ngx_pool_t *pool, const ngx_str_t *text,
    ngx_str_t *wide)
{
    u_char    *p, *s, *last;
    uint32_t   c;

    p = ngx_pnalloc(pool, 4 * text->len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    wide->data = p;
    s = text->data;
    last = s + text->len;

    while (s < last) {
        c = (*s < 0x80) ? *s++ : ngx_utf8_decode(&s, last - s);

        if (c > 0x10ffff) {
            return NGX_DECLINED;
        }

        if (c > 0xffff) {
            c -= 0x10000;
            *p++ = (u_char) (0xd8 | (c >> 18));
            *p++ = (u_char) (c >> 10);
            c = 0xdc00 | (c & 0x3ff);
        }

        *p++ = (u_char) (c >> 8);
        *p++ = (u_char) c;
    }

    wide->len = p - wide->data;

    return NGX_OK;
}


static void
ngx_rtalpha_cfg_jks_sha1(const ngx_str_t *password, const u_char *data,
    size_t len, u_char *digest)
{
    ngx_sha1_t  sha;

    ngx_sha1_init(&sha);
    ngx_sha1_update(&sha, password->data, password->len);
    ngx_sha1_update(&sha, data, len);
    ngx_sha1_final(digest, &sha);
}


/* an EncryptedPrivateKeyInfo; NGX_DECLINED: not with this password */

static ngx_int_t
ngx_rtalpha_cfg_jks_open(ngx_pool_t *pool, const ngx_str_t *password,
    const ngx_str_t *field, ngx_str_t *plain)
{
    u_char                    *salt, *text, digest[NGX_RTALPHA_CFG_JKS_SHA1];
    size_t                     i, n;
    ngx_rtalpha_cfg_jks_in_t   in, info, octets;

    in.p = field->data;
    in.last = field->data + field->len;
    in.bad = 0;

    ngx_rtalpha_cfg_jks_der(&in, 0x30, &info);
    text = ngx_rtalpha_cfg_jks_take(&info,
                                    sizeof(ngx_rtalpha_cfg_jks_algorithm));

    if (text == NULL
        || ngx_memcmp(text, ngx_rtalpha_cfg_jks_algorithm,
                      sizeof(ngx_rtalpha_cfg_jks_algorithm))
           != 0)
    {
        return NGX_DECLINED;
    }

    ngx_rtalpha_cfg_jks_der(&info, 0x04, &octets);

    salt = ngx_rtalpha_cfg_jks_take(&octets, NGX_RTALPHA_CFG_JKS_SHA1);
    n = octets.bad ? 0 : (size_t) (octets.last - octets.p);

    if (salt == NULL || n < NGX_RTALPHA_CFG_JKS_SHA1) {
        return NGX_DECLINED;
    }

    n -= NGX_RTALPHA_CFG_JKS_SHA1;
    text = ngx_rtalpha_cfg_jks_take(&octets, n);

    plain->len = n;
    plain->data = ngx_pnalloc(pool, n + 1);
    if (plain->data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(digest, salt, sizeof(digest));

    for (i = 0; i < n; i++) {

        if (i % sizeof(digest) == 0) {
            ngx_rtalpha_cfg_jks_sha1(password, digest, sizeof(digest),
                                     digest);
        }

        plain->data[i] = text[i] ^ digest[i % sizeof(digest)];
    }

    ngx_rtalpha_cfg_jks_sha1(password, plain->data, n, digest);

    return ngx_memcmp(digest, octets.p, sizeof(digest)) == 0 ? NGX_OK
                                                             : NGX_DECLINED;
}


static void
ngx_rtalpha_cfg_jks_certificate(ngx_rtalpha_cfg_jks_in_t *in,
    uint32_t version)
{
    ngx_str_t  field;

    if (version == 2) {
        ngx_rtalpha_cfg_jks_field(in, 2, &field);
    }

    ngx_rtalpha_cfg_jks_field(in, 4, &field);
}


static ngx_int_t
ngx_rtalpha_cfg_jks_entry(ngx_pool_t *pool, ngx_rtalpha_cfg_jks_in_t *in,
    uint32_t version, const ngx_str_t *secret, ngx_array_t *keys)
{
    uint32_t                    tag, n;
    ngx_int_t                   rc;
    ngx_str_t                   alias, field, plain;
    ngx_rtalpha_cfg_jks_key_t  *key;

    tag = ngx_rtalpha_cfg_jks_number(in, 4);
    ngx_rtalpha_cfg_jks_field(in, 2, &alias);
    (void) ngx_rtalpha_cfg_jks_take(in, 8);

    if (tag == NGX_RTALPHA_CFG_JKS_CERT) {
        ngx_rtalpha_cfg_jks_certificate(in, version);
        return in->bad ? NGX_DECLINED : NGX_OK;
    }

    ngx_rtalpha_cfg_jks_field(in, 4, &field);
    n = ngx_rtalpha_cfg_jks_number(in, 4);

    while (n-- && !in->bad) {
        ngx_rtalpha_cfg_jks_certificate(in, version);
    }

    if (in->bad || tag != NGX_RTALPHA_CFG_JKS_KEY) {
        return NGX_DECLINED;
    }

    rc = ngx_rtalpha_cfg_jks_open(pool, secret, &field, &plain);

    if (rc != NGX_OK) {
        return rc == NGX_DECLINED ? NGX_OK : rc;
    }

    key = ngx_array_push(keys);
    if (key == NULL) {
        return NGX_ERROR;
    }

    key->pkcs8 = plain;
    key->alias.len = alias.len;
    key->alias.data = ngx_pnalloc(pool, alias.len + 1);
    if (key->alias.data == NULL) {
        return NGX_ERROR;
    }

    ngx_strlow(key->alias.data, alias.data, alias.len);

    return NGX_OK;
}


/* is the digest at the end over what is before it */

static ngx_uint_t
ngx_rtalpha_cfg_jks_whole(const ngx_str_t *password, const u_char *data,
    size_t len)
{
    u_char      digest[NGX_RTALPHA_CFG_JKS_SHA1];
    ngx_sha1_t  sha;

    ngx_sha1_init(&sha);
    ngx_sha1_update(&sha, password->data, password->len);
    ngx_sha1_update(&sha, "Mighty Aphrodite", 16);
    ngx_sha1_update(&sha, data, len);
    ngx_sha1_final(digest, &sha);

    return ngx_memcmp(digest, data + len, sizeof(digest)) == 0;
}


ngx_uint_t
ngx_rtalpha_cfg_jks_is(const ngx_str_t *bytes)
{
    return bytes->len >= 4
           && ngx_memcmp(bytes->data, "\xfe\xed\xfe\xed", 4) == 0;
}


ngx_int_t
ngx_rtalpha_cfg_jks_read(ngx_pool_t *pool, const ngx_str_t *bytes,
    const ngx_str_t *password, const ngx_str_t *secret, ngx_array_t *keys)
{
    uint32_t                   version, n;
    ngx_int_t                  rc;
    ngx_str_t                  wide, wide_secret;
    ngx_rtalpha_cfg_jks_in_t   in;

    if (bytes->len < 12 + NGX_RTALPHA_CFG_JKS_SHA1) {
        return NGX_DECLINED;
    }

    rc = ngx_rtalpha_cfg_jks_password(pool, password, &wide);

    if (rc == NGX_OK) {
        rc = ngx_rtalpha_cfg_jks_password(pool, secret, &wide_secret);
    }

    if (rc != NGX_OK) {
        return rc;
    }

    in.p = bytes->data;
    in.last = bytes->data + bytes->len - NGX_RTALPHA_CFG_JKS_SHA1;
    in.bad = 0;

    if (!ngx_rtalpha_cfg_jks_whole(&wide, in.p, in.last - in.p)
        || ngx_rtalpha_cfg_jks_number(&in, 4) != NGX_RTALPHA_CFG_JKS_MAGIC)
    {
        return NGX_DECLINED;
    }

    version = ngx_rtalpha_cfg_jks_number(&in, 4);
    n = ngx_rtalpha_cfg_jks_number(&in, 4);

    if (version < 1 || version > 2 || n > NGX_RTALPHA_CFG_JKS_ENTRIES) {
        return NGX_DECLINED;
    }

    while (n--) {
        rc = ngx_rtalpha_cfg_jks_entry(pool, &in, version, &wide_secret,
                                       keys);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}
