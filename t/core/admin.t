use Test::Nginx::Rtalpha 'no_plan';

repeat_each(2);
run_tests();

__DATA__

=== TEST 1: health with no role in use is UP
--- http_config
    rtalpha_zone 8m;
    rtalpha_state $TEST_NGINX_STATE;
--- config
    location /_rtalpha/ { rtalpha_admin; }
--- request
GET /_rtalpha/health
--- response_headers
Content-Type: application/json
--- response_body_like: ^\{"status":"UP","roles":\{\},"settings":\[\],"zone":\{"size":8388608,"free":\d+\},"state":\{"folder":"[^"]+","lock":"(waiting|held)"\}\}$



=== TEST 2: liveness
--- http_config
    rtalpha_state $TEST_NGINX_STATE;
--- config
    location /_rtalpha/ { rtalpha_admin; }
--- request
GET /_rtalpha/health/live
--- response_body chomp
{"status":"UP"}



=== TEST 3: metrics in Prometheus' text format
--- http_config
    rtalpha_state $TEST_NGINX_STATE;
--- config
    location /_rtalpha/ { rtalpha_admin; }
--- request
GET /_rtalpha/metrics
--- response_headers
Content-Type: text/plain; version=0.0.4; charset=utf-8
--- response_body_like
# HELP rtalpha_zone_size_bytes .*
# TYPE rtalpha_zone_size_bytes gauge
rtalpha_zone_size_bytes 67108864
(?s).*rtalpha_background_jobs_total\{result="refused"\} 0



=== TEST 4: an unknown page is a problem document
--- http_config
    rtalpha_state $TEST_NGINX_STATE;
--- config
    location /_rtalpha/ { rtalpha_admin; }
--- request
GET /_rtalpha/nothing
--- error_code: 404
--- response_headers
Content-Type: application/problem+json
--- response_body_like: "status":404,"detail":"There is no page .*","reason":"no-page"



=== TEST 5: a body sent to the admin is never taken for a request
--- http_config
    rtalpha_state $TEST_NGINX_STATE;
--- config
    location /_rtalpha/ { rtalpha_admin; }
    location /smuggled  { return 200 smuggled; }
--- raw_request eval
"POST /_rtalpha/health HTTP/1.1\r
Host: localhost\r
Content-Length: 47\r
Connection: close\r
\r
GET /smuggled HTTP/1.1\r
Host: localhost\r
X: 1\r
\r
"
--- error_code: 405
--- response_body_unlike: smuggled



=== TEST 6: HEAD has the headers of GET and no body
--- http_config
    rtalpha_state $TEST_NGINX_STATE;
--- config
    location /_rtalpha/ { rtalpha_admin; }
--- request
HEAD /_rtalpha/health/live
--- response_headers
Content-Length: 15
--- response_body



=== TEST 7: without any directive of a role nothing is set up
--- http_config
    rtalpha_zone 8m;
    rtalpha_state /dev/null/not-a-folder;
--- config
    location /plain { return 200 plain; }
--- request
GET /plain
--- response_body chomp
plain



=== TEST 8: the least size of the zone
--- http_config
    rtalpha_zone 1m;
--- config
    location /plain { return 200; }
--- must_die
--- error_log
"rtalpha_zone" directive is too small: the least is 8m



=== TEST 9: a state folder that cannot be made
--- http_config
    rtalpha_state /dev/null/x;
--- config
    location /_rtalpha/ { rtalpha_admin; }
--- must_die
--- error_log
mkdir() "/dev/null/x" failed (rtalpha_state)



=== TEST 10: two content handlers in one location
--- config
    location /_rtalpha/ { rtalpha_admin; rtalpha_admin; }
--- must_die
--- error_log
"rtalpha_admin" directive conflicts with another content handler of this location
