
/*
 * Deflate with a head: a magic number and the length before.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <zlib.h>

#include "ngx_rtalpha_cfg_squeeze.h"


#define NGX_RTALPHA_CFG_SQUEEZE_MAGIC  0x317a6372
#define NGX_RTALPHA_CFG_SQUEEZE_MIN    512
#define NGX_RTALPHA_CFG_SQUEEZE_MAX    (512 * 1024)


typedef struct {
    uint32_t  magic;
    uint32_t  len;
} ngx_rtalpha_cfg_squeeze_head_t;


ngx_int_t
ngx_rtalpha_cfg_squeeze(ngx_pool_t *pool, ngx_str_t *bytes)
{
    int                              rc;
    uLong                            len;
    u_char                          *p;
    ngx_rtalpha_cfg_squeeze_head_t   head;

    if (bytes->len < NGX_RTALPHA_CFG_SQUEEZE_MIN
        || bytes->len > NGX_RTALPHA_CFG_SQUEEZE_MAX)
    {
        return NGX_OK;
    }

    len = compressBound(bytes->len);
    p = ngx_pnalloc(pool, sizeof(head) + len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    rc = compress2(p + sizeof(head), &len, bytes->data, bytes->len, 1);

    if (rc != Z_OK || sizeof(head) + len >= bytes->len) {
        return rc == Z_MEM_ERROR ? NGX_ERROR : NGX_OK;
    }

    head.magic = NGX_RTALPHA_CFG_SQUEEZE_MAGIC;
    head.len = (uint32_t) bytes->len;
    ngx_memcpy(p, &head, sizeof(head));

    bytes->data = p;
    bytes->len = sizeof(head) + len;

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_cfg_unsqueeze(ngx_pool_t *pool, ngx_str_t *bytes)
{
    uLong                            len;
    u_char                          *p;
    ngx_rtalpha_cfg_squeeze_head_t   head;

    if (bytes->len < sizeof(head)) {
        return NGX_OK;
    }

    ngx_memcpy(&head, bytes->data, sizeof(head));

    if (head.magic != NGX_RTALPHA_CFG_SQUEEZE_MAGIC) {
        return NGX_OK;
    }

    if (head.len > NGX_RTALPHA_CFG_SQUEEZE_MAX) {
        return NGX_DECLINED;
    }

    /* aligned: the documents are read in place */

    p = ngx_palloc(pool, head.len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    len = head.len;

    if (uncompress(p, &len, bytes->data + sizeof(head),
                   bytes->len - sizeof(head))
        != Z_OK
        || len != head.len)
    {
        return NGX_DECLINED;
    }

    bytes->data = p;
    bytes->len = len;

    return NGX_OK;
}
