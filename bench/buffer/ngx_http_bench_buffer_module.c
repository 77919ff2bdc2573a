
/*
 * What the benchmark compares long answers with: the bytes of a file, read
 * when the configuration is, in one piece of shared memory, sent as one
 * buffer.  It is the least that an answer from memory can cost.
 *
 *     location = /apps { bench_buffer FILE; }
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


typedef struct {
    ngx_str_t  bytes;
} ngx_http_bench_buffer_conf_t;


static void *ngx_http_bench_buffer_create_conf(ngx_conf_t *cf);
static char *ngx_http_bench_buffer(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static ngx_int_t ngx_http_bench_buffer_handler(ngx_http_request_t *r);
static ngx_int_t ngx_http_bench_buffer_read(ngx_file_t *file,
    ngx_str_t *bytes, ngx_pool_t *pool);


static ngx_command_t  ngx_http_bench_buffer_commands[] = {

    { ngx_string("bench_buffer"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_bench_buffer,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_bench_buffer_module_ctx = {
    NULL,                                  /* preconfiguration */
    NULL,                                  /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_bench_buffer_create_conf,     /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_bench_buffer_module = {
    NGX_MODULE_V1,
    &ngx_http_bench_buffer_module_ctx,     /* module context */
    ngx_http_bench_buffer_commands,        /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    NULL,                                  /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static void *
ngx_http_bench_buffer_create_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_http_bench_buffer_conf_t));
}


static char *
ngx_http_bench_buffer(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_bench_buffer_conf_t  *bcf = conf;

    ngx_int_t                  rc;
    ngx_str_t                 *value;
    ngx_file_t                 file;
    ngx_http_core_loc_conf_t  *clcf;

    value = cf->args->elts;

    ngx_memzero(&file, sizeof(ngx_file_t));
    file.name = value[1];
    file.log = cf->log;

    file.fd = ngx_open_file(value[1].data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);
    if (file.fd == NGX_INVALID_FILE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_open_file_n " \"%V\" failed", &value[1]);
        return NGX_CONF_ERROR;
    }

    rc = ngx_http_bench_buffer_read(&file, &bcf->bytes, cf->pool);

    ngx_close_file(file.fd);

    if (rc != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->handler = ngx_http_bench_buffer_handler;

    return NGX_CONF_OK;
}


/* The memory is shared and lives as long as the process: a benchmark's. */

static ngx_int_t
ngx_http_bench_buffer_read(ngx_file_t *file, ngx_str_t *bytes,
    ngx_pool_t *pool)
{
    ssize_t          n;
    ngx_shm_t        shm;
    ngx_file_info_t  fi;

    if (ngx_fd_info(file->fd, &fi) == NGX_FILE_ERROR || ngx_file_size(&fi) == 0)
    {
        return NGX_ERROR;
    }

    ngx_memzero(&shm, sizeof(ngx_shm_t));
    shm.size = ngx_file_size(&fi);
    shm.log = file->log;
    ngx_str_set(&shm.name, "bench_buffer");

    if (ngx_shm_alloc(&shm) != NGX_OK) {
        return NGX_ERROR;
    }

    n = ngx_read_file(file, shm.addr, shm.size, 0);

    bytes->data = shm.addr;
    bytes->len = shm.size;

    return n == (ssize_t) shm.size ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_http_bench_buffer_handler(ngx_http_request_t *r)
{
    ngx_int_t                      rc;
    ngx_buf_t                     *b;
    ngx_chain_t                    out;
    ngx_http_bench_buffer_conf_t  *bcf;

    bcf = ngx_http_get_module_loc_conf(r, ngx_http_bench_buffer_module);

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = bcf->bytes.len;

    if (ngx_http_set_content_type(r) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_send_header(r);
    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->pos = bcf->bytes.data;
    b->last = bcf->bytes.data + bcf->bytes.len;
    b->memory = 1;
    b->last_buf = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}
