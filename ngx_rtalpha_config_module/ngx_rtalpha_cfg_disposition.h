
/*
 * Content-Disposition of answers whose path ends like the name of a file: a
 * browser must not take an environment for a program because its label ends
 * in ".exe" (reflected file download).
 */


#ifndef _NGX_RTALPHA_CFG_DISPOSITION_H_INCLUDED_
#define _NGX_RTALPHA_CFG_DISPOSITION_H_INCLUDED_


#include "ngx_rtalpha.h"


/*
 * Does an answer to this target (as sent) say "inline;filename=f.txt", as
 * Spring Framework answers: when the last segment, or its parameters behind
 * ";", has an extension that is not known as that of text, pictures, sounds,
 * films or XML.
 */
ngx_uint_t ngx_rtalpha_cfg_disposition(ngx_pool_t *pool,
    const ngx_str_t *target);


#endif /* _NGX_RTALPHA_CFG_DISPOSITION_H_INCLUDED_ */
