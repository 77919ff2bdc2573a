/* unit: ngx_rtalpha_registry_module/ngx_rtalpha_reg_path.c ngx_rtalpha_registry_module/ngx_rtalpha_reg_accept.c ngx_rtalpha_registry_module/ngx_rtalpha_reg_doc.c ngx_rtalpha_registry_module/ngx_rtalpha_reg_record.c ngx_rtalpha_core/ngx_rtalpha_out.c */

#include "fuzz.h"
#include "ngx_rtalpha_reg_path.h"
#include "ngx_rtalpha_reg_accept.h"
#include "ngx_rtalpha_reg_doc.h"
#include "ngx_rtalpha_reg_record.h"


/* paths, queries, Accept headers; records of a journal */

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    u_char                    *buf, *p;
    ngx_str_t                  input, rest, key, value;
    ngx_pool_t                *pool;
    ngx_rtalpha_reg_doc_t      doc;
    ngx_rtalpha_reg_path_t     path;
    ngx_rtalpha_reg_record_t   record;

    pool = fuzz_pool();
    input = fuzz_input(pool, data, size);

    buf = ngx_pnalloc(pool, size + 1);
    FUZZ_CHECK(buf);

    if (ngx_rtalpha_reg_path_parse(&input, buf, &path) == NGX_OK) {
        FUZZ_CHECK(path.resource < NGX_RTALPHA_REG_PATHS);
        FUZZ_CHECK(path.name.len + path.id.len <= size);
    }

    rest = input;
    p = buf;

    while (ngx_rtalpha_reg_path_next_arg(&rest, &p, &key, &value) == NGX_OK) {
        FUZZ_CHECK((size_t) (p - buf) <= size);
    }

    (void) ngx_rtalpha_reg_accept(&input, 1);
    (void) ngx_rtalpha_reg_accept_gzip(&input);
    (void) ngx_rtalpha_reg_accept_body(&input);

    if (ngx_rtalpha_reg_record_read(&input, &record) == NGX_OK) {
        (void) ngx_rtalpha_reg_doc_unpack(record.doc.data, record.doc.len,
                                          &doc);
    }

    ngx_destroy_pool(pool);

    return 0;
}
