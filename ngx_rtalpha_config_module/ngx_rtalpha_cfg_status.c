
/*
 * The config role in /_rtalpha/health and /_rtalpha/metrics.
 */


#include "ngx_rtalpha_cfg_bus.h"
#include "ngx_rtalpha_cfg_heldback.h"
#include "ngx_rtalpha_cfg_keyring.h"
#include "ngx_rtalpha_cfg_module.h"
#include "ngx_rtalpha_cfg_once.h"
#include "ngx_rtalpha_cfg_status.h"
#include "ngx_rtalpha_cfg_transport.h"
#include "ngx_rtalpha_metrics.h"


static void
ngx_rtalpha_cfg_status_repo(ngx_rtalpha_json_t *j,
    ngx_rtalpha_cfg_repo_t *repo)
{
    ngx_str_t  error, uri;

    error.data = repo->error;
    error.len = repo->error_len;
    ngx_rtalpha_cfg_transport_shown(j->out->pool, repo, &uri);

    ngx_rtalpha_json_object(j);
    ngx_rtalpha_json_key_lit(j, "uri");
    ngx_rtalpha_json_str(j, &uri);
    ngx_rtalpha_json_key_lit(j, "served");
    ngx_rtalpha_json_bool(j, repo->version != 0);
    ngx_rtalpha_json_key_lit(j, "reachable");
    ngx_rtalpha_json_bool(j, repo->failed == 0);

    if (repo->good) {
        ngx_rtalpha_json_key_lit(j, "age");
        ngx_rtalpha_json_int(j, ngx_time() - (time_t) repo->good);
    }

    if (error.len) {
        ngx_rtalpha_json_key_lit(j, "error");
        ngx_rtalpha_json_str(j, &error);
    }

    ngx_rtalpha_json_end(j);
}


static void
ngx_rtalpha_cfg_status_bus(ngx_rtalpha_json_t *j)
{
    ngx_uint_t                acknowledged;
    ngx_rtalpha_amqp_state_t  state;

    if (!ngx_rtalpha_cfg_bus_state(&state, &acknowledged)) {
        return;
    }

    ngx_rtalpha_json_key_lit(j, "bus");
    ngx_rtalpha_json_object(j);
    ngx_rtalpha_json_key_lit(j, "connected");
    ngx_rtalpha_json_bool(j, state.up);
    ngx_rtalpha_json_key_lit(j, "waiting");
    ngx_rtalpha_json_int(j, state.waiting);
    ngx_rtalpha_json_key_lit(j, "sent");
    ngx_rtalpha_json_int(j, state.sent);
    ngx_rtalpha_json_key_lit(j, "acknowledged");
    ngx_rtalpha_json_int(j, acknowledged);

    if (state.error[0]) {
        ngx_rtalpha_json_key_lit(j, "error");
        ngx_rtalpha_json_text(j, state.error, ngx_strlen(state.error));
    }

    ngx_rtalpha_json_end(j);
}


ngx_uint_t
ngx_rtalpha_cfg_status_health(ngx_rtalpha_json_t *j)
{
    ngx_uint_t               i, ready;
    ngx_rtalpha_cfg_repo_t  *repo;

    ready = ngx_rtalpha_cfg_all()[0] != NULL;

    ngx_rtalpha_json_key_lit(j, "repositories");
    ngx_rtalpha_json_array(j);

    for (repo = ngx_rtalpha_cfg_root->repos, i = 0;
         repo && i < 100;
         repo = repo->next, i++)
    {
        ngx_rtalpha_cfg_status_repo(j, repo);
        ready &= (repo->version != 0 || repo->failed != 0);
    }

    ngx_rtalpha_json_end(j);
    ngx_rtalpha_json_key_lit(j, "heldBack");
    ngx_rtalpha_cfg_heldback_list(j);
    ngx_rtalpha_cfg_status_bus(j);

    return ready;
}


/* of the leader: other workers have no session and show nothing */

static void
ngx_rtalpha_cfg_status_gauges(ngx_rtalpha_out_t *out)
{
    ngx_uint_t                acknowledged;
    ngx_rtalpha_amqp_state_t  state;

    if (!ngx_rtalpha_cfg_bus_state(&state, &acknowledged)) {
        return;
    }

    ngx_rtalpha_metrics_gauge(out, "rtalpha_config_bus_connected",
                              "Is there a session with the broker.",
                              state.up);
    ngx_rtalpha_metrics_gauge(out, "rtalpha_config_bus_waiting",
                              "Notices that the broker has not confirmed.",
                              state.waiting);
    ngx_rtalpha_metrics_gauge(out, "rtalpha_config_bus_sent",
                              "Notices that it has confirmed.", state.sent);
    ngx_rtalpha_metrics_gauge(out, "rtalpha_config_bus_acknowledged",
                              "Refreshes that clients have acknowledged.",
                              acknowledged);
    ngx_rtalpha_metrics_gauge(out, "rtalpha_config_bus_left",
                              "Notices left to other nodes.",
                              ngx_rtalpha_cfg_once_left());
    ngx_rtalpha_metrics_gauge(out, "rtalpha_config_bus_failures",
                              "Sessions that failed or ended.",
                              state.failures);
}


void
ngx_rtalpha_cfg_status_metrics(ngx_rtalpha_out_t *out)
{
    ngx_uint_t                n, failed;
    ngx_rtalpha_cfg_repo_t   *repo;
    ngx_rtalpha_cfg_cache_t  *cache;

    n = 0;
    failed = 0;
    cache = &ngx_rtalpha_cfg_root->cache;

    for (repo = ngx_rtalpha_cfg_root->repos; repo; repo = repo->next) {
        n++;
        failed += (repo->failed != 0);
    }

    ngx_rtalpha_metrics_gauge(out, "rtalpha_config_repositories",
                              "Repositories and folders in use.", n);
    ngx_rtalpha_metrics_gauge(out, "rtalpha_config_repositories_failed",
                              "Those whose origin cannot be read.", failed);
    ngx_rtalpha_metrics_gauge(out, "rtalpha_config_clients",
                              "Clients and paths that are remembered.",
                              ngx_rtalpha_cfg_root->clients.count);
    ngx_rtalpha_metrics_gauge(out, "rtalpha_config_clients_evicted",
                              "Those that were forgotten for others.",
                              ngx_rtalpha_cfg_root->clients.evicted);
    ngx_rtalpha_metrics_gauge(out, "rtalpha_config_held_back",
                              "Commits held back, for each application that "
                              "they would break.",
                              ngx_rtalpha_cfg_heldback_count());
    ngx_rtalpha_metrics_gauge(out, "rtalpha_config_cache_bytes",
                              "Bytes of listings, documents and answers.",
                              cache->size);
    ngx_rtalpha_metrics_gauge(out, "rtalpha_config_cache_items",
                              "Listings, documents and answers.",
                              cache->count);
    ngx_rtalpha_metrics_gauge(out, "rtalpha_config_cache_evicted",
                              "Thrown out for something newer.",
                              cache->evicted);
    ngx_rtalpha_metrics_gauge(out, "rtalpha_config_keystores_failed",
                              "Key stores that this worker could not open.",
                              ngx_rtalpha_cfg_keyring_failed());
    ngx_rtalpha_cfg_status_gauges(out);
}
