
/*
 * Registers as text; see the header.
 */


#include "ngx_rtalpha_reg_line.h"


/* of the stamp, which has a sign */
#define NGX_RTALPHA_REG_LINE_BIAS  ((uint64_t) 1 << 63)


static u_char *
ngx_rtalpha_reg_line_put(uint64_t n, ngx_uint_t digits, u_char *p)
{
    u_char  *q;

    static const u_char  hex[] = "0123456789abcdef";

    for (q = p + digits; q > p; n >>= 4) {
        *--q = hex[n & 0xf];
    }

    return p + digits;
}


void
ngx_rtalpha_reg_line_write_hex(uint64_t n, u_char *p)
{
    ngx_rtalpha_reg_line_put(n, 16, p);
}


ngx_int_t
ngx_rtalpha_reg_line_read_hex(const u_char *p, size_t len, uint64_t *n)
{
    size_t  i;

    *n = 0;

    for (i = 0; i < len; i++) {
        *n <<= 4;

        if (p[i] >= '0' && p[i] <= '9') {
            *n |= (uint64_t) (p[i] - '0');

        } else if (p[i] >= 'a' && p[i] <= 'f') {
            *n |= (uint64_t) (p[i] - 'a' + 10);

        } else {
            return NGX_ERROR;
        }
    }

    return len ? NGX_OK : NGX_ERROR;
}


void
ngx_rtalpha_reg_line_write(const ngx_rtalpha_reg_regs_t *r, u_char *p)
{
    p = ngx_rtalpha_reg_line_put((uint64_t) r->stamp
                                 ^ NGX_RTALPHA_REG_LINE_BIAS, 16, p);
    p = ngx_rtalpha_reg_line_put(r->closed, 1, p);
    p = ngx_rtalpha_reg_line_put(r->rev, 8, p);
    p = ngx_rtalpha_reg_line_put(r->writer, 16, p);

    p = ngx_rtalpha_reg_line_put(r->turn, 8, p);
    p = ngx_rtalpha_reg_line_put(r->live, 1, p);
    ngx_rtalpha_reg_line_put(r->owner, 16, p);
}


ngx_int_t
ngx_rtalpha_reg_line_read(const ngx_str_t *line, ngx_rtalpha_reg_regs_t *r)
{
    uint64_t    n[7];
    ngx_uint_t  i;
    u_char     *p;

    static const u_char  widths[7] = { 16, 1, 8, 16, 8, 1, 16 };

    if (line->len < NGX_RTALPHA_REG_LINE) {
        return NGX_ERROR;
    }

    p = line->data;

    for (i = 0; i < 7; i++) {
        if (ngx_rtalpha_reg_line_read_hex(p, widths[i], &n[i]) != NGX_OK) {
            return NGX_ERROR;
        }

        p += widths[i];
    }

    if (n[1] > 1 || n[5] > 1 || n[4] == 0) {
        return NGX_ERROR;
    }

    ngx_memzero(r, sizeof(ngx_rtalpha_reg_regs_t));

    r->stamp = (int64_t) (n[0] ^ NGX_RTALPHA_REG_LINE_BIAS);
    r->closed = (n[1] == 1);
    r->rev = (uint32_t) n[2];
    r->writer = n[3];
    r->turn = (uint32_t) n[4];
    r->live = (n[5] == 1);
    r->owner = n[6];

    return NGX_OK;
}
