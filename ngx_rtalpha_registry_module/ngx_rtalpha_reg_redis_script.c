
/*
 * What runs in Redis.  Every script gets the keys of the registry (meta,
 * docs, nodes, stream) and, but for the hello, the era in which its sender
 * believes and the number of entries that the stream keeps.  In another era
 * it does nothing and says so.
 *
 * A line of docs is the registers (see reg_line) and the document after
 * them; the greater register is the greater text.  Entries of the stream
 * are numbered without gaps: SEQ-0.
 */


#include "ngx_rtalpha_reg_redis_inner.h"


#define NGX_RTALPHA_REG_LUA_ERA                                               \
    "if redis.call('HGET', KEYS[1], 'era') ~= ARGV[1] then\n"                 \
    "  return {'era'}\n"                                                      \
    "end\n"

#define NGX_RTALPHA_REG_LUA_ADD                                               \
    "local function add(...)\n"                                               \
    "  local s = redis.call('HINCRBY', KEYS[1], 'seq', 1)\n"                  \
    "  redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[2],\n"                 \
    "             string.format('%.0f-0', s), ...)\n"                         \
    "  return s\n"                                                            \
    "end\n"

#define NGX_RTALPHA_REG_LUA_RUN                                               \
    "local run = string.match(redis.call('INFO', 'server'),\n"                \
    "                         'run_id:(%x+)')\n"

/* a node that is not known, or has been found silent, joins */

#define NGX_RTALPHA_REG_LUA_ENTER                                             \
    "if redis.call('HEXISTS', KEYS[3], ARGV[3]) == 0 then\n"                  \
    "  redis.call('HSET', KEYS[3], ARGV[3], add('k', 'join', 'n', ARGV[3]))\n"\
    "end\n"

#define ngx_rtalpha_reg_lua(text)  { ngx_string(text), { 0 } }


/*
 * ARGV: an era, the limit, the node's id.  A server that is another process
 * than before, or has lost its data, begins that era.  Gives the era, the
 * number of the last entry, the nodes.
 */

ngx_rtalpha_redis_script_t  ngx_rtalpha_reg_script_hello =
    ngx_rtalpha_reg_lua(
    NGX_RTALPHA_REG_LUA_ADD
    NGX_RTALPHA_REG_LUA_RUN
    "local m = redis.call('HMGET', KEYS[1], 'era', 'run')\n"
    "if not m[1] then\n"
    "  redis.call('DEL', KEYS[4])\n"
    "end\n"
    "if not m[1] or m[2] ~= run then\n"
    "  redis.call('HSET', KEYS[1], 'era', ARGV[1], 'run', run)\n"
    "end\n"
    NGX_RTALPHA_REG_LUA_ENTER
    "m = redis.call('HMGET', KEYS[1], 'era', 'seq')\n"
    "return {'ok', m[1], m[2], redis.call('HKEYS', KEYS[3])}\n");


/* ARGV: …, the node's id, ids of nodes.  Gives the numbers of these. */

ngx_rtalpha_redis_script_t  ngx_rtalpha_reg_script_beat =
    ngx_rtalpha_reg_lua(
    NGX_RTALPHA_REG_LUA_ERA
    NGX_RTALPHA_REG_LUA_ADD
    NGX_RTALPHA_REG_LUA_RUN
    "if redis.call('HGET', KEYS[1], 'run') ~= run then\n"
    "  return {'era'}\n"
    "end\n"
    NGX_RTALPHA_REG_LUA_ENTER
    "redis.call('HINCRBY', KEYS[3], ARGV[3], 1)\n"
    "local counts = {'ok'}\n"
    "for i = 4, #ARGV do\n"
    "  counts[#counts + 1] = redis.call('HGET', KEYS[3], ARGV[i]) or '0'\n"
    "end\n"
    "return counts\n");


/* ARGV: …, a node's id, its number: if that is still the same, it is dead */

ngx_rtalpha_redis_script_t  ngx_rtalpha_reg_script_silent =
    ngx_rtalpha_reg_lua(
    NGX_RTALPHA_REG_LUA_ERA
    NGX_RTALPHA_REG_LUA_ADD
    "if redis.call('HGET', KEYS[3], ARGV[3]) == ARGV[4] then\n"
    "  redis.call('HDEL', KEYS[3], ARGV[3])\n"
    "  add('k', 'dead', 'n', ARGV[3])\n"
    "end\n"
    "return {'ok'}\n");


/* ARGV: …, a cursor, lines at a time.  Gives the next cursor, the lines. */

ngx_rtalpha_redis_script_t  ngx_rtalpha_reg_script_scan =
    ngx_rtalpha_reg_lua(
    NGX_RTALPHA_REG_LUA_ERA
    "local s = redis.call('HSCAN', KEYS[2], ARGV[3], 'COUNT', ARGV[4])\n"
    "return {'ok', s[1], s[2]}\n");


/*
 * ARGV: …, the name, content, lease, age, the document or nothing.  Takes
 * the greater of each register.  An instance that is to be seen needs a
 * document; without one it asks ("need"), and changes nothing.  Gives the
 * registers that are there now, and the document if the content is another
 * one than was sent.
 */

ngx_rtalpha_redis_script_t  ngx_rtalpha_reg_script_merge =
    ngx_rtalpha_reg_lua(
    NGX_RTALPHA_REG_LUA_ERA
    NGX_RTALPHA_REG_LUA_ADD
    "local name, c, l, age, doc = unpack(ARGV, 3)\n"
    "local row = redis.call('HGET', KEYS[2], name)\n"
    "local function shown(c, l)\n"
    "  return string.sub(c, 17, 17) == '0' and string.sub(l, 9, 9) == '1'\n"
    "end\n"
    "local hc, hl, hd, was = '', '', '', false\n"
    "if row then\n"
    "  hc = string.sub(row, 1, 41)\n"
    "  hl = string.sub(row, 42, 66)\n"
    "  hd = string.sub(row, 67)\n"
    "  was = shown(hc, hl)\n"
    "end\n"
    "local content = c > hc or (c == hc and hd == '' and doc ~= '')\n"
    "local lease = l > hl\n"
    "local nc, nl, nd = hc, hl, hd\n"
    "if content then nc, nd = c, doc end\n"
    "if lease then nl = l end\n"
    "if shown(nc, nl) and nd == '' then\n"
    "  return {'need'}\n"
    "end\n"
    "if content or lease then\n"
    "  redis.call('HSET', KEYS[2], name, nc .. nl .. nd)\n"
    "  add('k', 'row', 'n', name, 'r', nc .. nl, 'a', lease and age or '0',\n"
    "      'd', (content or not was) and nd or '')\n"
    "end\n"
    "return {'ok', nc .. nl, nc > c and nd or ''}\n");


/* ARGV: …, the name.  Gives the line, if there is one. */

ngx_rtalpha_redis_script_t  ngx_rtalpha_reg_script_fetch =
    ngx_rtalpha_reg_lua(
    NGX_RTALPHA_REG_LUA_ERA
    "return {'ok', redis.call('HGET', KEYS[2], ARGV[3])}\n");


/* ARGV: …, the name, the registers: if they are still the same, it goes */

ngx_rtalpha_redis_script_t  ngx_rtalpha_reg_script_forget =
    ngx_rtalpha_reg_lua(
    NGX_RTALPHA_REG_LUA_ERA
    NGX_RTALPHA_REG_LUA_ADD
    "local row = redis.call('HGET', KEYS[2], ARGV[3])\n"
    "if row and string.sub(row, 1, 66) == ARGV[4] then\n"
    "  redis.call('HDEL', KEYS[2], ARGV[3])\n"
    "  add('k', 'gone', 'n', ARGV[3], 'r', ARGV[4])\n"
    "end\n"
    "return {'ok'}\n");
