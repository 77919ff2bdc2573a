
/*
 * Files of the state folder.  Blocking, for the background thread and for
 * the master at start.  Errors are given as text in *error (from the pool),
 * since a thread may not log.
 */


#ifndef _NGX_RTALPHA_DISK_H_INCLUDED_
#define _NGX_RTALPHA_DISK_H_INCLUDED_


#include "ngx_rtalpha.h"


/* reads a whole file; NGX_DECLINED: there is none; NGX_ERROR: see *error */
ngx_int_t ngx_rtalpha_disk_read(ngx_pool_t *pool, const ngx_str_t *path,
    size_t max, ngx_str_t *bytes, ngx_str_t *error);

/* replaces a file as a whole: written beside it, synced, renamed over it */
ngx_int_t ngx_rtalpha_disk_write(ngx_pool_t *pool, const ngx_str_t *path,
    const ngx_str_t *bytes, ngx_str_t *error);

/*
 * Appends records to a journal, each framed with length and CRC-32C, and
 * syncs once.  frames: concatenated frames made by disk_frame().  What could
 * not be written whole is taken back, so that the next records are not lost
 * behind a torn one.
 */
ngx_int_t ngx_rtalpha_disk_append(ngx_pool_t *pool, const ngx_str_t *path,
    const ngx_str_t *frames, ngx_str_t *error);

/* puts a file that has been synced in another one's place */
ngx_int_t ngx_rtalpha_disk_rename(ngx_pool_t *pool, const ngx_str_t *from,
    const ngx_str_t *to, ngx_str_t *error);

/* removes a file, if it is there */
ngx_int_t ngx_rtalpha_disk_remove(ngx_pool_t *pool, const ngx_str_t *path,
    ngx_str_t *error);

/* cuts a journal's torn or damaged end off: keeps the first size bytes */
ngx_int_t ngx_rtalpha_disk_cut(ngx_pool_t *pool, const ngx_str_t *path,
    size_t size, ngx_str_t *error);

/*
 * Room for a frame's head, and the head itself over len bytes after it:
 * length, then CRC-32C of length and bytes, both little-endian.
 */
#define NGX_RTALPHA_DISK_HEAD  8
void ngx_rtalpha_disk_frame(u_char *head, const u_char *data, size_t len);

/* CRC-32C (Castagnoli, RFC 3720 B.4) of the bytes, going on from crc */
uint32_t ngx_rtalpha_disk_crc(uint32_t crc, const u_char *data, size_t len);

/*
 * The next record of bytes read from a journal or snapshot; moves *bytes on.
 * NGX_OK; NGX_DONE at the end; NGX_DECLINED: torn or damaged from here on.
 */
ngx_int_t ngx_rtalpha_disk_next(ngx_str_t *bytes, ngx_str_t *record);


#endif /* _NGX_RTALPHA_DISK_H_INCLUDED_ */
