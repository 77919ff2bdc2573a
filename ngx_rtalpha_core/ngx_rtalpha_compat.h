
/*
 * Every difference between the versions of nginx that the suite is built
 * for (1.22.1 as Debian 12 has it, 1.30.x).  No other file looks at
 * nginx_version.
 */


#ifndef _NGX_RTALPHA_COMPAT_H_INCLUDED_
#define _NGX_RTALPHA_COMPAT_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


/* a request that was ended while something still refers to it (1.25.4) */
#if (nginx_version >= 1025004)
#define ngx_rtalpha_request_terminated(r)  ((r)->main->terminated)
#else
#define ngx_rtalpha_request_terminated(r)  0
#endif


/* gives pages of freed memory back to the system, where the library can */
#ifdef __GLIBC__
#include <malloc.h>
#define ngx_rtalpha_memory_trim()  (void) malloc_trim(0)
#else
#define ngx_rtalpha_memory_trim()
#endif


#endif /* _NGX_RTALPHA_COMPAT_H_INCLUDED_ */
