
/*
 * Chance and the queue of events: a binary heap by time, then by order of
 * arrival, so that a schedule is the same in every run.
 */


#include <stdarg.h>
#include "sim.h"


sim_t  sim;

static sim_event_t  **heap;
static ngx_uint_t     heap_n;
static ngx_uint_t     heap_max;
static sim_event_t   *heap_free;
static uint64_t       heap_order;


static ngx_int_t
sim_before(sim_event_t *a, sim_event_t *b)
{
    return a->time != b->time ? a->time < b->time : a->order < b->order;
}


/* xorshift128+ */

uint64_t
sim_random(uint64_t n)
{
    uint64_t  x, y;

    x = sim.random[0];
    y = sim.random[1];

    sim.random[0] = y;
    x ^= x << 23;
    sim.random[1] = x ^ y ^ (x >> 17) ^ (y >> 26);

    return n ? (sim.random[1] + y) % n : sim.random[1] + y;
}


ngx_uint_t
sim_chance(ngx_uint_t one_in)
{
    return one_in && sim_random(one_in) == 0;
}


sim_event_t *
sim_at(uint64_t time, ngx_uint_t kind, ngx_uint_t a, ngx_uint_t b, uint64_t c)
{
    ngx_uint_t    i;
    sim_event_t  *ev;

    if (heap_n == heap_max) {
        heap_max = heap_max ? heap_max * 2 : 1024;
        heap = realloc(heap, heap_max * sizeof(sim_event_t *));
    }

    if (heap_free) {
        ev = heap_free;
        heap_free = ev->free;

    } else {
        ev = malloc(sizeof(sim_event_t));
    }

    if (heap == NULL || ev == NULL) {
        fprintf(stderr, "no memory\n");
        exit(2);
    }

    ev->time = time;
    ev->order = heap_order++;
    ev->kind = kind;
    ev->a = a;
    ev->b = b;
    ev->c = c;
    ev->msg.list = NULL;

    for (i = heap_n++; i && sim_before(ev, heap[(i - 1) / 2]);
         i = (i - 1) / 2)
    {
        heap[i] = heap[(i - 1) / 2];
    }

    heap[i] = ev;

    return ev;
}


sim_event_t *
sim_next(uint64_t until)
{
    ngx_uint_t    i, k;
    sim_event_t  *first, *last;

    if (heap_n == 0 || heap[0]->time > until) {
        return NULL;
    }

    first = heap[0];
    last = heap[--heap_n];

    for (i = 0; (k = 2 * i + 1) < heap_n; i = k) {
        if (k + 1 < heap_n && sim_before(heap[k + 1], heap[k])) {
            k++;
        }

        if (!sim_before(heap[k], last)) {
            break;
        }

        heap[i] = heap[k];
    }

    heap[i] = last;

    return first;
}


void
sim_free(sim_event_t *ev)
{
    free(ev->msg.list);
    ev->free = heap_free;
    heap_free = ev;
}


void
sim_clear(void)
{
    while (heap_n) {
        sim_free(heap[--heap_n]);
    }

    heap_order = 0;
}


/* the first failure counts: the rest may follow from it */

void
sim_fail(const char *fmt, ...)
{
    va_list  args;

    if (sim.quiet) {
        sim.doubt = 1;
        return;
    }

    if (sim.failed) {
        return;
    }

    sim.failed = 1;

    va_start(args, fmt);
    vsnprintf(sim.why, sizeof(sim.why), fmt, args);
    va_end(args);

    sim_say("FAILED: %s", sim.why);
}


void
sim_say(const char *fmt, ...)
{
    va_list  args;

    if (!sim.trace) {
        return;
    }

    printf("%8.3f ", sim.now / 1000.0);
    va_start(args, fmt);
    vprintf(fmt, args);
    va_end(args);
    printf("\n");
}
