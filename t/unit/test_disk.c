/* unit: */

/*
 * Files of the state folder: whole replacement, journals that are torn or
 * damaged, and a disk that is full (by the limit on a file's size).
 */

#include "unit.h"

/* the file itself: both ways to a checksum, whatever this machine takes */

#include "ngx_rtalpha_disk.c"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>


static ngx_pool_t  *pool;
static ngx_str_t    error;
static char         folder[] = "/tmp/rtalpha-disk-XXXXXX";


static ngx_str_t
path_of(const char *name)
{
    ngx_str_t  path;

    path.data = ngx_pnalloc(pool, 256);
    path.len = ngx_snprintf(path.data, 256, "%s/%s%Z", folder, name)
               - path.data - 1;

    return path;
}


static ngx_str_t
str(const char *text)
{
    ngx_str_t  s;

    s.data = (u_char *) text;
    s.len = ngx_strlen(text);

    return s;
}


/* frames of the words of a text, one after the other */

static ngx_str_t
frames(const char *words)
{
    size_t       len;
    u_char      *p;
    ngx_str_t    all;
    const char  *end;

    all.data = ngx_pnalloc(pool, 10 * ngx_strlen(words) + 64);
    p = all.data;

    while (*words) {
        end = strchrnul(words, ' ');
        len = end - words;

        ngx_memcpy(p + NGX_RTALPHA_DISK_HEAD, words, len);
        ngx_rtalpha_disk_frame(p, p + NGX_RTALPHA_DISK_HEAD, len);
        p += NGX_RTALPHA_DISK_HEAD + len;

        words = *end ? end + 1 : end;
    }

    all.len = p - all.data;

    return all;
}


/* the words of frames, and how the frames end */

static ngx_str_t
words(ngx_str_t bytes, ngx_int_t *rc)
{
    u_char     *p;
    ngx_str_t   all, record;

    all.data = ngx_pnalloc(pool, bytes.len + 64);
    p = all.data;

    for ( ;; ) {
        *rc = ngx_rtalpha_disk_next(&bytes, &record);

        if (*rc != NGX_OK) {
            break;
        }

        if (p != all.data) {
            *p++ = ' ';
        }

        p = ngx_cpymem(p, record.data, record.len);
    }

    all.len = p - all.data;

    return all;
}


static void
test_crc(void)
{
    ngx_uint_t  i;
    u_char      zeros[32], ones[32], up[32];

    for (i = 0; i < 32; i++) {
        zeros[i] = 0;
        ones[i] = 0xff;
        up[i] = (u_char) i;
    }

    /* RFC 3720, B.4 */

    CHECK(ngx_rtalpha_disk_crc(0, zeros, 32) == 0x8a9136aa);
    CHECK(ngx_rtalpha_disk_crc(0, ones, 32) == 0x62a8ab43);
    CHECK(ngx_rtalpha_disk_crc(0, up, 32) == 0x46dd794e);

    /* in parts of every length */

    for (i = 0; i <= 32; i++) {
        CHECK(ngx_rtalpha_disk_crc(ngx_rtalpha_disk_crc(0, up, i),
                                   up + i, 32 - i)
              == 0x46dd794e);

        CHECK(~ngx_rtalpha_disk_crc_table((uint32_t) -1, up, i)
              == ngx_rtalpha_disk_crc(0, up, i));
    }
}


static void
test_read_write(void)
{
    ngx_str_t    path, bytes, text;
    struct stat  st;

    path = path_of("whole");

    CHECK(ngx_rtalpha_disk_read(pool, &path, 100, &bytes, &error)
          == NGX_DECLINED);

    text = str("first");
    CHECK(ngx_rtalpha_disk_write(pool, &path, &text, &error) == NGX_OK);
    CHECK(ngx_rtalpha_disk_read(pool, &path, 100, &bytes, &error) == NGX_OK);
    CHECK_STR(&bytes, "first");

    text = str("second, longer");
    CHECK(ngx_rtalpha_disk_write(pool, &path, &text, &error) == NGX_OK);
    CHECK(ngx_rtalpha_disk_read(pool, &path, 100, &bytes, &error) == NGX_OK);
    CHECK_STR(&bytes, "second, longer");

    CHECK(stat((char *) path.data, &st) == 0);
    CHECK((st.st_mode & 0777) == 0600);

    text = str("");
    CHECK(ngx_rtalpha_disk_write(pool, &path, &text, &error) == NGX_OK);
    CHECK(ngx_rtalpha_disk_read(pool, &path, 100, &bytes, &error) == NGX_OK);
    CHECK(bytes.len == 0);
}


static void
test_read_refusals(void)
{
    ngx_str_t  path, bytes, text;

    path = path_of("long");
    text = str("0123456789");

    CHECK(ngx_rtalpha_disk_write(pool, &path, &text, &error) == NGX_OK);
    CHECK(ngx_rtalpha_disk_read(pool, &path, 10, &bytes, &error) == NGX_OK);
    CHECK(ngx_rtalpha_disk_read(pool, &path, 9, &bytes, &error) == NGX_ERROR);
    CHECK(ngx_strnstr(error.data, "File too large", error.len) != NULL);

    path = path_of("");
    CHECK(ngx_rtalpha_disk_read(pool, &path, 10, &bytes, &error)
          == NGX_ERROR);

    path = path_of("fifo");
    CHECK(mkfifo((char *) path.data, 0600) == 0);
    CHECK(ngx_rtalpha_disk_read(pool, &path, 10, &bytes, &error)
          == NGX_ERROR);

    path = path_of("none/there");
    CHECK(ngx_rtalpha_disk_write(pool, &path, &text, &error) == NGX_ERROR);
    CHECK(ngx_strnstr(error.data, "No such file", error.len) != NULL);
    CHECK(ngx_rtalpha_disk_append(pool, &path, &text, &error) == NGX_ERROR);
}


static void
test_journal(void)
{
    ngx_int_t  rc;
    ngx_str_t  path, bytes, more, said;

    path = path_of("journal");

    more = frames("one two");
    CHECK(ngx_rtalpha_disk_append(pool, &path, &more, &error) == NGX_OK);

    more = frames("three");
    CHECK(ngx_rtalpha_disk_append(pool, &path, &more, &error) == NGX_OK);

    CHECK(ngx_rtalpha_disk_read(pool, &path, 1000, &bytes, &error)
          == NGX_OK);

    said = words(bytes, &rc);
    CHECK(rc == NGX_DONE);
    CHECK_STR(&said, "one two three");

    /* cut anywhere within the last record, the others are whole */

    for (bytes.len--; bytes.len > 2 * NGX_RTALPHA_DISK_HEAD + 6; bytes.len--)
    {
        said = words(bytes, &rc);
        CHECK(rc == NGX_DECLINED);
        CHECK_STR(&said, "one two");
    }

    /* repaired as its reader does it */

    CHECK(ngx_rtalpha_disk_cut(pool, &path, 2 * NGX_RTALPHA_DISK_HEAD + 6 + 5,
                               &error)
          == NGX_OK);
    CHECK(ngx_rtalpha_disk_cut(pool, &path, 2 * NGX_RTALPHA_DISK_HEAD + 6,
                               &error)
          == NGX_OK);

    more = frames("four");
    CHECK(ngx_rtalpha_disk_append(pool, &path, &more, &error) == NGX_OK);
    CHECK(ngx_rtalpha_disk_read(pool, &path, 1000, &bytes, &error)
          == NGX_OK);

    said = words(bytes, &rc);
    CHECK(rc == NGX_DONE);
    CHECK_STR(&said, "one two four");
}


static void
test_damage(void)
{
    ngx_int_t   rc;
    ngx_str_t   bytes, said;
    ngx_uint_t  i, bit;

    bytes = frames("one two");

    /* any one bit wrong in the second record */

    for (i = NGX_RTALPHA_DISK_HEAD + 3; i < bytes.len; i++) {
        for (bit = 1; bit < 0x100; bit <<= 1) {
            bytes.data[i] ^= (u_char) bit;

            said = words(bytes, &rc);
            CHECK(rc == NGX_DECLINED);
            CHECK_STR(&said, "one");

            bytes.data[i] ^= (u_char) bit;
        }
    }

    /* zeros are no record, nor is a length that is not there */

    bytes.data = ngx_pcalloc(pool, 64);
    bytes.len = 64;
    said = words(bytes, &rc);
    CHECK(rc == NGX_DECLINED);
    CHECK(said.len == 0);

    ngx_memset(bytes.data, 0xff, 64);
    said = words(bytes, &rc);
    CHECK(rc == NGX_DECLINED);

    /* an empty record is one */

    ngx_rtalpha_disk_frame(bytes.data, NULL, 0);
    bytes.len = NGX_RTALPHA_DISK_HEAD;
    CHECK(ngx_rtalpha_disk_next(&bytes, &said) == NGX_OK);
    CHECK(said.len == 0);
    CHECK(ngx_rtalpha_disk_next(&bytes, &said) == NGX_DONE);
}


static void
test_full(void)
{
    ngx_int_t      rc;
    ngx_str_t      path, whole, bytes, more, large, said;
    struct rlimit  limit, old;

    path = path_of("full");
    whole = path_of("kept");

    more = frames("one two");
    said = str("kept");
    CHECK(ngx_rtalpha_disk_append(pool, &path, &more, &error) == NGX_OK);
    CHECK(ngx_rtalpha_disk_write(pool, &whole, &said, &error) == NGX_OK);

    large.len = 8192;
    large.data = ngx_pcalloc(pool, large.len);

    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    limit = old;
    limit.rlim_cur = 4096;
    setrlimit(RLIMIT_FSIZE, &limit);

    CHECK(ngx_rtalpha_disk_append(pool, &path, &large, &error) == NGX_ERROR);
    CHECK(ngx_strnstr(error.data, "write", error.len) != NULL);
    CHECK(ngx_rtalpha_disk_write(pool, &whole, &large, &error) == NGX_ERROR);

    setrlimit(RLIMIT_FSIZE, &old);

    /* nothing of it is left, and the next record is found */

    more = frames("three");
    CHECK(ngx_rtalpha_disk_append(pool, &path, &more, &error) == NGX_OK);
    CHECK(ngx_rtalpha_disk_read(pool, &path, 9999, &bytes, &error)
          == NGX_OK);

    said = words(bytes, &rc);
    CHECK(rc == NGX_DONE);
    CHECK_STR(&said, "one two three");

    CHECK(ngx_rtalpha_disk_read(pool, &whole, 9999, &bytes, &error)
          == NGX_OK);
    CHECK_STR(&bytes, "kept");

    path = str("/dev/full");
    CHECK(ngx_rtalpha_disk_append(pool, &path, &more, &error) == NGX_ERROR);
}


static void
test_left_over(void)
{
    char  command[128];

    /* one that failed leaves no file beside */

    snprintf(command, sizeof(command), "ls %s | grep -q new", folder);
    CHECK(system(command) != 0);

    snprintf(command, sizeof(command), "rm -r %s", folder);
    CHECK(system(command) == 0);
}


int
main(void)
{
    pool = unit_pool();

    if (mkdtemp(folder) == NULL) {
        return 2;
    }

    test_crc();
    test_read_write();
    test_read_refusals();
    test_journal();
    test_damage();
    test_full();
    test_left_over();

    ngx_destroy_pool(pool);

    return unit_done();
}
