
/*
 * Files of the state folder.
 *
 * A file that is replaced is whole at every moment: it is written beside the
 * old one, synced, renamed over it, and the folder is synced.  A journal
 * grows by frames; whoever reads it stops at the first frame that is torn or
 * damaged, and cuts it off before the next append.
 */


#include "ngx_rtalpha_disk.h"

#include <sys/stat.h>

#if (__x86_64__)
#include <nmmintrin.h>
#endif


#define NGX_RTALPHA_DISK_MODE  0600


#if (__x86_64__)
static uint32_t ngx_rtalpha_disk_crc_sse(uint32_t crc, const u_char *data,
    size_t len);
#endif
static uint32_t ngx_rtalpha_disk_crc_table(uint32_t crc, const u_char *data,
    size_t len);
static ngx_int_t ngx_rtalpha_disk_read_fd(ngx_pool_t *pool, int fd,
    const char *name, size_t max, ngx_str_t *bytes, ngx_str_t *error);
static ngx_int_t ngx_rtalpha_disk_write_fd(int fd, const ngx_str_t *bytes);
static ngx_int_t ngx_rtalpha_disk_sync_folder(ngx_pool_t *pool,
    const ngx_str_t *path, ngx_str_t *error);
static char *ngx_rtalpha_disk_name(ngx_pool_t *pool, const ngx_str_t *path,
    const char *end, ngx_str_t *error);
static ngx_int_t ngx_rtalpha_disk_failed(ngx_pool_t *pool, ngx_str_t *error,
    const char *verb, const char *name);
static void ngx_rtalpha_disk_put(u_char *p, uint32_t n);
static uint32_t ngx_rtalpha_disk_get(const u_char *p);


/* CRC-32C of the 16 values of half a byte, reflected polynomial 0x82f63b78 */

static const uint32_t  ngx_rtalpha_disk_crc_half[16] = {
    0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1,
    0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
    0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
    0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75
};


ngx_int_t
ngx_rtalpha_disk_read(ngx_pool_t *pool, const ngx_str_t *path, size_t max,
    ngx_str_t *bytes, ngx_str_t *error)
{
    int        fd;
    char      *name;
    ngx_int_t  rc;

    name = ngx_rtalpha_disk_name(pool, path, "", error);

    if (name == NULL) {
        return NGX_ERROR;
    }

    /* non-blocking for a pipe somebody may have put there */

    fd = open(name, O_RDONLY|O_CLOEXEC|O_NONBLOCK);

    if (fd == -1) {
        if (ngx_errno == NGX_ENOENT) {
            return NGX_DECLINED;
        }

        return ngx_rtalpha_disk_failed(pool, error, "open", name);
    }

    rc = ngx_rtalpha_disk_read_fd(pool, fd, name, max, bytes, error);

    (void) close(fd);

    return rc;
}


ngx_int_t
ngx_rtalpha_disk_write(ngx_pool_t *pool, const ngx_str_t *path,
    const ngx_str_t *bytes, ngx_str_t *error)
{
    int    fd;
    char  *name, *beside, end[NGX_INT64_LEN + sizeof(".new.")];

    /* of its own for each process: two may try at once in an upgrade */

    *ngx_sprintf((u_char *) end, ".new.%P", getpid()) = '\0';

    name = ngx_rtalpha_disk_name(pool, path, "", error);
    beside = ngx_rtalpha_disk_name(pool, path, end, error);

    if (name == NULL || beside == NULL) {
        return NGX_ERROR;
    }

    fd = open(beside, O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC,
              NGX_RTALPHA_DISK_MODE);

    if (fd == -1) {
        return ngx_rtalpha_disk_failed(pool, error, "open", beside);
    }

    if (ngx_rtalpha_disk_write_fd(fd, bytes) != NGX_OK || fsync(fd) == -1) {
        (void) ngx_rtalpha_disk_failed(pool, error, "write", beside);
        (void) close(fd);
        goto failed;
    }

    if (close(fd) == -1) {
        (void) ngx_rtalpha_disk_failed(pool, error, "close", beside);
        goto failed;
    }

    if (rename(beside, name) == -1) {
        (void) ngx_rtalpha_disk_failed(pool, error, "rename", beside);
        goto failed;
    }

    return ngx_rtalpha_disk_sync_folder(pool, path, error);

failed:

    (void) unlink(beside);

    return NGX_ERROR;
}


ngx_int_t
ngx_rtalpha_disk_append(ngx_pool_t *pool, const ngx_str_t *path,
    const ngx_str_t *frames, ngx_str_t *error)
{
    int          fd;
    char        *name;
    struct stat  st;

    name = ngx_rtalpha_disk_name(pool, path, "", error);

    if (name == NULL) {
        return NGX_ERROR;
    }

    fd = open(name, O_WRONLY|O_APPEND|O_CREAT|O_CLOEXEC,
              NGX_RTALPHA_DISK_MODE);

    if (fd == -1) {
        return ngx_rtalpha_disk_failed(pool, error, "open", name);
    }

    if (fstat(fd, &st) == -1) {
        (void) ngx_rtalpha_disk_failed(pool, error, "fstat", name);
        (void) close(fd);
        return NGX_ERROR;
    }

    if (ngx_rtalpha_disk_write_fd(fd, frames) != NGX_OK
        || fdatasync(fd) == -1)
    {
        (void) ngx_rtalpha_disk_failed(pool, error, "write", name);

        /* if that fails too, the reader finds a torn record */

        if (ftruncate(fd, st.st_size) == -1) {
            (void) ngx_rtalpha_disk_failed(pool, error, "ftruncate", name);
        }

        (void) close(fd);
        return NGX_ERROR;
    }

    (void) close(fd);

    return st.st_size ? NGX_OK
                      : ngx_rtalpha_disk_sync_folder(pool, path, error);
}


ngx_int_t
ngx_rtalpha_disk_rename(ngx_pool_t *pool, const ngx_str_t *from,
    const ngx_str_t *to, ngx_str_t *error)
{
    char  *old, *new;

    old = ngx_rtalpha_disk_name(pool, from, "", error);
    new = ngx_rtalpha_disk_name(pool, to, "", error);

    if (old == NULL || new == NULL) {
        return NGX_ERROR;
    }

    if (rename(old, new) == -1) {
        return ngx_rtalpha_disk_failed(pool, error, "rename", old);
    }

    return ngx_rtalpha_disk_sync_folder(pool, to, error);
}


ngx_int_t
ngx_rtalpha_disk_remove(ngx_pool_t *pool, const ngx_str_t *path,
    ngx_str_t *error)
{
    char  *name;

    name = ngx_rtalpha_disk_name(pool, path, "", error);
    if (name == NULL) {
        return NGX_ERROR;
    }

    if (unlink(name) == -1 && ngx_errno != NGX_ENOENT) {
        return ngx_rtalpha_disk_failed(pool, error, "unlink", name);
    }

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_disk_cut(ngx_pool_t *pool, const ngx_str_t *path, size_t size,
    ngx_str_t *error)
{
    char  *name;

    name = ngx_rtalpha_disk_name(pool, path, "", error);

    if (name == NULL) {
        return NGX_ERROR;
    }

    if (truncate(name, (off_t) size) == -1) {
        return ngx_rtalpha_disk_failed(pool, error, "truncate", name);
    }

    return NGX_OK;
}


/*
 * The length is part of the sum: otherwise the zeros that a crash may leave
 * at the end of a file would be records without bytes.
 */

void
ngx_rtalpha_disk_frame(u_char *head, const u_char *data, size_t len)
{
    uint32_t  crc;

    ngx_rtalpha_disk_put(head, (uint32_t) len);

    crc = ngx_rtalpha_disk_crc(0, head, 4);
    crc = ngx_rtalpha_disk_crc(crc, data, len);

    ngx_rtalpha_disk_put(head + 4, crc);
}


ngx_int_t
ngx_rtalpha_disk_next(ngx_str_t *bytes, ngx_str_t *record)
{
    size_t    len;
    uint32_t  crc;

    if (bytes->len == 0) {
        return NGX_DONE;
    }

    if (bytes->len < NGX_RTALPHA_DISK_HEAD) {
        return NGX_DECLINED;
    }

    len = ngx_rtalpha_disk_get(bytes->data);

    if (len > bytes->len - NGX_RTALPHA_DISK_HEAD) {
        return NGX_DECLINED;
    }

    crc = ngx_rtalpha_disk_crc(0, bytes->data, 4);
    crc = ngx_rtalpha_disk_crc(crc, bytes->data + NGX_RTALPHA_DISK_HEAD, len);

    if (crc != ngx_rtalpha_disk_get(bytes->data + 4)) {
        return NGX_DECLINED;
    }

    record->data = bytes->data + NGX_RTALPHA_DISK_HEAD;
    record->len = len;

    bytes->data += NGX_RTALPHA_DISK_HEAD + len;
    bytes->len -= NGX_RTALPHA_DISK_HEAD + len;

    return NGX_OK;
}


uint32_t
ngx_rtalpha_disk_crc(uint32_t crc, const u_char *data, size_t len)
{
#if (__x86_64__)

    if (__builtin_cpu_supports("sse4.2")) {
        return ~ngx_rtalpha_disk_crc_sse(~crc, data, len);
    }

#endif

    return ~ngx_rtalpha_disk_crc_table(~crc, data, len);
}


#if (__x86_64__)

__attribute__((target("sse4.2")))
static uint32_t
ngx_rtalpha_disk_crc_sse(uint32_t crc, const u_char *data, size_t len)
{
    uint64_t  word, sum;

    sum = crc;

    for (/* void */; len >= 8; len -= 8) {
        ngx_memcpy(&word, data, 8);
        sum = _mm_crc32_u64(sum, word);
        data += 8;
    }

    for (/* void */; len; len--) {
        sum = _mm_crc32_u8((uint32_t) sum, *data++);
    }

    return (uint32_t) sum;
}

#endif


static uint32_t
ngx_rtalpha_disk_crc_table(uint32_t crc, const u_char *data, size_t len)
{
    for (/* void */; len; len--) {
        crc ^= *data++;
        crc = (crc >> 4) ^ ngx_rtalpha_disk_crc_half[crc & 0xf];
        crc = (crc >> 4) ^ ngx_rtalpha_disk_crc_half[crc & 0xf];
    }

    return crc;
}


static ngx_int_t
ngx_rtalpha_disk_read_fd(ngx_pool_t *pool, int fd, const char *name,
    size_t max, ngx_str_t *bytes, ngx_str_t *error)
{
    size_t       size, len;
    ssize_t      n;
    struct stat  st;

    if (fstat(fd, &st) == -1) {
        return ngx_rtalpha_disk_failed(pool, error, "fstat", name);
    }

    if (!S_ISREG(st.st_mode)) {
        ngx_set_errno(EINVAL);
        return ngx_rtalpha_disk_failed(pool, error, "reading", name);
    }

    if ((uint64_t) st.st_size > (uint64_t) max) {
        ngx_set_errno(EFBIG);
        return ngx_rtalpha_disk_failed(pool, error, "reading", name);
    }

    size = (size_t) st.st_size;

    bytes->data = ngx_pnalloc(pool, size ? size : 1);

    if (bytes->data == NULL) {
        return ngx_rtalpha_disk_failed(pool, error, "reading", name);
    }

    for (len = 0; len < size; len += (size_t) n) {
        n = read(fd, bytes->data + len, size - len);

        if (n == 0) {
            break;
        }

        if (n == -1) {
            if (ngx_errno == NGX_EINTR) {
                n = 0;
                continue;
            }

            return ngx_rtalpha_disk_failed(pool, error, "read", name);
        }
    }

    bytes->len = len;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_disk_write_fd(int fd, const ngx_str_t *bytes)
{
    size_t   done;
    ssize_t  n;

    for (done = 0; done < bytes->len; done += (size_t) n) {
        n = write(fd, bytes->data + done, bytes->len - done);

        if (n == -1) {
            if (ngx_errno == NGX_EINTR) {
                n = 0;
                continue;
            }

            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* a new or renamed file's name is on the disk only with its folder */

static ngx_int_t
ngx_rtalpha_disk_sync_folder(ngx_pool_t *pool, const ngx_str_t *path,
    ngx_str_t *error)
{
    int         fd;
    char       *name;
    ngx_str_t   folder;

    folder = *path;

    while (folder.len && folder.data[folder.len - 1] != '/') {
        folder.len--;
    }

    if (folder.len == 0) {
        ngx_str_set(&folder, ".");
    }

    name = ngx_rtalpha_disk_name(pool, &folder, "", error);

    if (name == NULL) {
        return NGX_ERROR;
    }

    fd = open(name, O_RDONLY|O_DIRECTORY|O_CLOEXEC);

    if (fd == -1) {
        return ngx_rtalpha_disk_failed(pool, error, "open", name);
    }

    if (fsync(fd) == -1) {
        (void) ngx_rtalpha_disk_failed(pool, error, "fsync", name);
        (void) close(fd);
        return NGX_ERROR;
    }

    (void) close(fd);

    return NGX_OK;
}


static char *
ngx_rtalpha_disk_name(ngx_pool_t *pool, const ngx_str_t *path,
    const char *end, ngx_str_t *error)
{
    u_char  *p;
    size_t   len;

    len = ngx_strlen(end);
    p = ngx_pnalloc(pool, path->len + len + 1);

    if (p == NULL) {
        ngx_str_set(error, "no memory");
        return NULL;
    }

    ngx_memcpy(p, path->data, path->len);
    ngx_memcpy(p + path->len, end, len + 1);

    return (char *) p;
}


/* always NGX_ERROR, and the text of errno in *error */

static ngx_int_t
ngx_rtalpha_disk_failed(ngx_pool_t *pool, ngx_str_t *error, const char *verb,
    const char *name)
{
    u_char     *p, *last;
    size_t      size;
    ngx_err_t   err;

    err = ngx_errno;
    size = ngx_strlen(name) + 256;
    p = ngx_pnalloc(pool, size);

    if (p == NULL) {
        ngx_str_set(error, "no memory");
        return NGX_ERROR;
    }

    last = ngx_snprintf(p, size, "%s \"%s\" failed (%d: %s)", verb, name,
                        err, strerror(err));

    error->data = p;
    error->len = (size_t) (last - p);

    return NGX_ERROR;
}


static void
ngx_rtalpha_disk_put(u_char *p, uint32_t n)
{
    p[0] = (u_char) n;
    p[1] = (u_char) (n >> 8);
    p[2] = (u_char) (n >> 16);
    p[3] = (u_char) (n >> 24);
}


static uint32_t
ngx_rtalpha_disk_get(const u_char *p)
{
    return (uint32_t) p[0] | ((uint32_t) p[1] << 8)
           | ((uint32_t) p[2] << 16) | ((uint32_t) p[3] << 24);
}
