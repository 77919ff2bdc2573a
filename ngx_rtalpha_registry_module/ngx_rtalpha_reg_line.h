
/*
 * The registers of an instance as the text that lies in Redis: hex digits of
 * fixed widths, each register so that the greater one is the greater text.
 * The scripts compare them as they stand.  Pure.
 *
 *     content: stamp (16) closed (1) revision (8) writer (16)
 *     lease:   turn (8) live (1) owner (16)
 */


#ifndef _NGX_RTALPHA_REG_LINE_H_INCLUDED_
#define _NGX_RTALPHA_REG_LINE_H_INCLUDED_


#include "ngx_rtalpha_reg_cluster.h"


#define NGX_RTALPHA_REG_LINE_CONTENT  41
#define NGX_RTALPHA_REG_LINE_LEASE    25
#define NGX_RTALPHA_REG_LINE                                                  \
    (NGX_RTALPHA_REG_LINE_CONTENT + NGX_RTALPHA_REG_LINE_LEASE)


/* both registers, NGX_RTALPHA_REG_LINE bytes at p */
void ngx_rtalpha_reg_line_write(const ngx_rtalpha_reg_regs_t *regs,
    u_char *p);

/* of the first bytes of a line; age is 0.  NGX_ERROR: they are none. */
ngx_int_t ngx_rtalpha_reg_line_read(const ngx_str_t *line,
    ngx_rtalpha_reg_regs_t *regs);

/* numbers of 16 hex digits */
void ngx_rtalpha_reg_line_write_hex(uint64_t n, u_char *p);
ngx_int_t ngx_rtalpha_reg_line_read_hex(const u_char *p, size_t len,
    uint64_t *n);


#endif /* _NGX_RTALPHA_REG_LINE_H_INCLUDED_ */
